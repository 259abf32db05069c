/** Which exports of an entry point are the very same value under `require` and under `import`. */
const entry = process.argv[2];
const required = require(entry);

import(entry).then((imported) => {
  const names = [...new Set([...Object.keys(required), ...Object.keys(imported)])].filter(
    (name) => name !== 'default',
  );
  const same = names.filter((name) => required[name] === imported[name]);
  const different = names.filter((name) => required[name] !== imported[name]);
  console.log(JSON.stringify({ same, different }));
});
