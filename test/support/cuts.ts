/** Cuts the bytes of a reply into pieces. The output of decoders must not depend on the cuts. */

/** Bytes. Replies up to this size are cut into pieces of every size. */
const SMALL = 128;

/** Each match ends at a place where a cut may have an effect. The characters of the text are bytes. */
const PLACES: readonly RegExp[] = [
  // Around ends of lines, between CR and LF, and between two ends.
  /[\r\n]|.(?=[\r\n])/gs,
  // In the names of fields, after the colon and after the space.
  /(?<=^|[\r\n])(?:d|da|dat|data|data:|data: |e|even|event|event:|event: |:)/gs,
  // Inside characters of several bytes.
  /[\u00c0-\u00ff](?=[\u0080-\u00bf])|[\u0080-\u00bf](?=[\u0080-\u00bf])/gs,
  // Inside escapes, and between two that make one character.
  /\\|\\u[\da-f]{1,4}/gis,
  // Inside numbers and words.
  /\d(?=[\d.e])|\.(?=\d)|[tfn](?=rue|alse|ull)|[a-z](?=[a-z]*[:,\]}])|\[D|\[DON/gs,
  // Inside and around tags.
  /<[^<>]{0,30}>?|[^<>]{1,12}(?=>)/gs,
  // Around brackets and quotes.
  /[{}[\]"]|.(?=[{}[\]"])/gs,
];

/** The offsets of each kind of place, in order. */
function placesIn(bytes: Uint8Array): readonly (readonly number[])[] {
  const text = Buffer.from(bytes).toString("latin1");
  return PLACES.map((place) => endsOf(text, place).filter((at) => at > 0 && at < bytes.length));
}

/** The offsets after each character of a match, because a cut may be after any of them. */
function endsOf(text: string, place: RegExp): readonly number[] {
  const ends = new Set<number>();
  for (const { 0: match, index } of text.matchAll(place)) {
    for (let length = 1; length <= match.length; length += 1) ends.add(index + length);
  }
  return [...ends].toSorted((a, b) => a - b);
}

function* cutAt(bytes: Uint8Array, offsets: readonly number[]): Generator<Uint8Array> {
  let start = 0;
  for (const end of [...offsets, bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

function* cutEvery(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Pieces of 1 to 40 bytes. A seed always gives the same pieces. */
function* cutAtRandom(bytes: Uint8Array, seed: number): Generator<Uint8Array> {
  let state = seed;
  for (let at = 0; at < bytes.length;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const size = 1 + ((state >>> 16) % 40);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const NOTHING = new Uint8Array();

/** Single bytes, each after a piece without bytes, which must change nothing. */
function* cutWithEmpty(bytes: Uint8Array): Generator<Uint8Array> {
  for (const byte of cutEvery(bytes, 1)) {
    yield NOTHING;
    yield byte;
  }
}

/** Pieces of every size, and random pieces. `sampledCuts` is a sample of these. */
export function* allCuts(bytes: Uint8Array): Generator<Iterable<Uint8Array>> {
  yield cutWithEmpty(bytes);
  for (let size = 1; size <= bytes.length; size += 1) yield cutEvery(bytes, size);
  for (let seed = 1; seed <= 50; seed += 1) yield cutAtRandom(bytes, seed);
}

/** Pieces of a few sizes, for clients whose replies are decoded as those of another client that gets `sampledCuts`. */
export function* fewCuts(bytes: Uint8Array): Generator<Iterable<Uint8Array>> {
  for (const size of [1, 7, bytes.length]) yield cutEvery(bytes, size);
  for (const seed of [1, 2]) yield cutAtRandom(bytes, seed);
}

/**
 * Cuts small replies into pieces of every size. Cuts longer ones into bytes, into pieces of some sizes, into two pieces at each end of a
 * line, field name, character and escape, and at all places of one kind at once.
 */
export function* sampledCuts(bytes: Uint8Array): Generator<Iterable<Uint8Array>> {
  yield cutWithEmpty(bytes);
  const { length } = bytes;
  const step = length <= SMALL ? 1 : 1.5;
  for (let size = 2; size <= length; size = Math.max(size + 1, Math.round(size * step))) {
    yield cutEvery(bytes, size);
  }
  for (let seed = 1; seed <= 5; seed += 1) yield cutAtRandom(bytes, seed);
  if (length <= SMALL) return;
  for (const [kind, places] of placesIn(bytes).entries()) {
    const even = places.filter((_, index) => index % 2 === 0);
    const odd = places.filter((_, index) => index % 2 === 1);
    const single = kind < 4 ? places.map((place) => [place]) : [];
    for (const offsets of [places, even, odd, ...single]) {
      if (offsets.length > 0) yield cutAt(bytes, offsets);
    }
  }
}
