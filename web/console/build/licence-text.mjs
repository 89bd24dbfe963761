// Takes a licence file apart into the lines that name right holders and the wording itself, so that
// a wording shared by fifty packages is printed once. Knows nothing of packages or of the build.

const COPYRIGHT = /^\W*(?:(?:portions )?copyright\b|\(c\)|©)/i;
const TITLE = /^\W*(?:the )?(?:mit|isc|bsd [23]-clause|\(mit\)|"?(?:new|simplified)"? bsd) licen[sc]e\W*(?:\(?(?:mit|isc)\)?)?\W*$/i;

/** `{ holders, wording, key }`; two texts with one key differ only in layout, title and holders. */
export function takeApart(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const holders = [];
  const rest = [];
  // Past the appendix of Apache-2.0, a copyright line is an example of one.
  for (const line of lines) {
    if (isHolder(line) && !/\[yyyy\]|\{yyyy\}/.test(line)) holders.push(clean(line));
    else if (!TITLE.test(line)) rest.push(line.trimEnd());
  }
  const wording = rest.join("\n").replace(/\n{3,}/g, "\n\n").trim();
  return { holders: [...new Set(holders)], wording, key: keyOf(wording) };
}

/** A holder's line has a year or a name after the word; a sentence of the licence goes on in prose. */
function isHolder(line) {
  if (!COPYRIGHT.test(line)) return false;
  return !/^\W*copyright (?:notice|holder|owner|license|statement|and|law)/i.test(line);
}

function clean(line) {
  return line.trim().replace(/^[>*#\s-]+/, "").replace(/\s+/g, " ");
}

function keyOf(wording) {
  return wording.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
}
