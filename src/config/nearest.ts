/** Finds the word that the user probably meant. */

/** The candidate with the fewest edits from `word`; undefined when all need too many to be a typing mistake. */
export function nearestOf(word: string, candidates: Iterable<string>): string | undefined {
  const limit = word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = countEdits(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= limit && edits < (best?.edits ?? Infinity)) best = { candidate, edits };
  }
  return best?.candidate;
}

/** A clause for the end of a message. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const candidate = nearestOf(word, candidates);
  return candidate === undefined ? undefined : `, did you mean \`${candidate}\`?`;
}

/** The edit distance: insertions, deletions, replacements, and swaps of adjacent characters. */
function countEdits(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let edits = Math.min(
        at(rows, i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        at(rows, i - 1, j - 1) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) edits = Math.min(edits, at(rows, i - 2, j - 2) + 1);
      row.push(edits);
    }
    rows.push(row);
  }
  return at(rows, from.length, to.length);
}

function at(rows: readonly (readonly number[])[], row: number, column: number): number {
  return rows[row]?.[column] ?? 0;
}

/** The current name for a name of other programs, in any case and with or without `_` and `-`. */
const OTHER_PROGRAMS: { readonly [name: string]: string } = {
  apikey: "secret",
  key: "secret",
  token: "secret",
  apitoken: "secret",
  accesstoken: "secret",
  authtoken: "secret",
  password: "secret",
  apikeyfile: "secret_file",
  keyfile: "secret_file",
  tokenfile: "secret_file",
  baseurl: "url",
  apibase: "url",
  apibaseurl: "url",
  apiurl: "url",
  basepath: "url",
  endpoint: "url",
  uri: "url",
  address: "url",
  host: "url",
  type: "api_type",
  apitype: "api_type",
  api: "api_type",
  kind: "api_type",
  provider: "api_type",
  model: "models",
  modellist: "models",
  id: "name",
  tag: "name",
  title: "name",
  timeout: "timeouts",
  cafile: "ca_file",
  cacert: "ca_file",
};

/** The known key that other programs call `word`. */
export function sameElsewhere(word: string, candidates: readonly string[]): string | undefined {
  const name = OTHER_PROGRAMS[word.toLowerCase().replaceAll(/[-_]/g, "")];
  return name !== undefined && candidates.includes(name) ? `, did you mean \`${name}\`?` : undefined;
}
