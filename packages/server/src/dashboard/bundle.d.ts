/** The text of a file of the page: scripts and styles with all that they import, minified. Made by `tsup.config.ts`. */
declare module 'bundle:*' {
  const text: string;
  export default text;
}
