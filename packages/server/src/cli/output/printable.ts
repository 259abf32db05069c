/**
 * A text that came from a file, a folder or a server, without what would steer the terminal it is printed on: its control
 * characters, line breaks and tabs left alone, as escapes.
 */
export function printable(text: string): string {
  return text.replace(
    /(?![\n\t])\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
