/**
 * Signs a Mach-O executable ad hoc, and checks such a signature. macOS runs only signed executables.
 *
 * Bun 1.4.5 leaves Oven's signature on x64 executables. Its hashes no longer match, so macOS would end the program immediately. Remove
 * this when `isSigned` holds for the output of Bun. The layout is that of Apple's `cs_blobs.h`. Numbers in the signature are big-endian:
 *
 *   header (32) · load commands · … · signature at the offset that LC_CODE_SIGNATURE names
 *   signature:  SuperBlob { 0xfade0cc0, length, count, { type 0, offset } } CodeDirectory
 *   CodeDirectory { 0xfade0c02, length, version, flags, hashOffset, identOffset, 0, pages, codeLimit, 32, SHA-256, 0, log2 4096, … }
 */
const MAGIC = 0xfeedfacf;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const WITH_EXEC_SEGMENT = 0x20400;
const AD_HOC = 2;
const PAGE = 4096;
const HASH = 32;
const SUPER_BLOB_SIZE = 20;
const DIRECTORY_SIZE = 88;
/** Segments are mapped in pages of this size. */
const SEGMENT_PAGE = 16_384;

interface Layout {
  /** Offsets of the load commands. */
  readonly signature: number;
  readonly linkedit: number;
  readonly text: number;
}

function readLayout(file: Buffer): Layout {
  if (file.readUInt32LE(0) !== MAGIC) throw new Error("Cannot sign: expected a 64-bit Mach-O executable");
  let [signature, linkedit, text] = [0, 0, 0];
  let offset = 32;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const command = file.readUInt32LE(offset);
    const name = file.toString("latin1", offset + 8, offset + 24).replaceAll("\0", "");
    if (command === LC_CODE_SIGNATURE) signature = offset;
    if (command === LC_SEGMENT_64 && name === "__LINKEDIT") linkedit = offset;
    if (command === LC_SEGMENT_64 && name === "__TEXT") text = offset;
    offset += file.readUInt32LE(offset + 4);
  }
  if (signature * linkedit * text === 0)
    throw new Error("Cannot sign: the executable has no room for a signature");
  return { signature, linkedit, text };
}

/** Returns the executable with an ad-hoc signature in place of its own. */
export function sign(original: Buffer, identifier: string): Buffer {
  const { signature, linkedit, text } = readLayout(original);
  const codeLimit = original.readUInt32LE(signature + 8);
  const ident = Buffer.from(`${identifier}\0`);
  const pages = Math.ceil(codeLimit / PAGE);
  const hashOffset = DIRECTORY_SIZE + ident.length;
  const directorySize = hashOffset + pages * HASH;
  const blobSize = Math.ceil((SUPER_BLOB_SIZE + directorySize) / 16) * 16;

  const file = Buffer.alloc(codeLimit + blobSize);
  original.copy(file, 0, 0, codeLimit);
  // The load commands are on a page that is hashed, so they are changed before hashing.
  file.writeUInt32LE(blobSize, signature + 12);
  const linkeditSize = file.length - Number(file.readBigUInt64LE(linkedit + 40));
  file.writeBigUInt64LE(BigInt(linkeditSize), linkedit + 48);
  file.writeBigUInt64LE(BigInt(Math.ceil(linkeditSize / SEGMENT_PAGE) * SEGMENT_PAGE), linkedit + 32);

  writeWords(file, codeLimit, [SUPER_BLOB, SUPER_BLOB_SIZE + directorySize, 1, 0, SUPER_BLOB_SIZE]);
  const start = codeLimit + SUPER_BLOB_SIZE;
  const hashKind = (HASH << 24) | (2 << 16) | Math.log2(PAGE);
  writeWords(file, start, [CODE_DIRECTORY, directorySize, WITH_EXEC_SEGMENT, AD_HOC, hashOffset]);
  writeWords(file, start + 20, [DIRECTORY_SIZE, 0, pages, codeLimit, hashKind]);
  // The executable segment, and the flag of a main program.
  file.writeBigUInt64BE(file.readBigUInt64LE(text + 40), start + 64);
  file.writeBigUInt64BE(file.readBigUInt64LE(text + 48), start + 72);
  file.writeBigUInt64BE(1n, start + 80);
  ident.copy(file, start + DIRECTORY_SIZE);
  for (let page = 0; page < pages; page++) {
    hashPage(file, page, codeLimit).copy(file, start + hashOffset + page * HASH);
  }
  return file;
}

/** Whether the signature is ad hoc, ends where the file ends, and has the right hash of every page. */
export function isSigned(file: Buffer): boolean {
  const { signature } = readLayout(file);
  const blob = file.readUInt32LE(signature + 8);
  if (blob + file.readUInt32LE(signature + 12) !== file.length) return false;
  if (file.readUInt32BE(blob) !== SUPER_BLOB) return false;
  const start = blob + file.readUInt32BE(blob + 16);
  if (file.readUInt32BE(start) !== CODE_DIRECTORY) return false;
  if ((file.readUInt32BE(start + 12) & AD_HOC) === 0) return false;
  const [hashes, pages] = [start + file.readUInt32BE(start + 16), file.readUInt32BE(start + 28)];
  const codeLimit = file.readUInt32BE(start + 32);
  if (codeLimit !== blob || pages !== Math.ceil(codeLimit / PAGE)) return false;
  for (let page = 0; page < pages; page++) {
    const at = hashes + page * HASH;
    if (!hashPage(file, page, codeLimit).equals(file.subarray(at, at + HASH))) return false;
  }
  return true;
}

function hashPage(file: Buffer, page: number, codeLimit: number): Buffer {
  const bytes = file.subarray(page * PAGE, Math.min((page + 1) * PAGE, codeLimit));
  return new Bun.CryptoHasher("sha256").update(bytes).digest();
}

function writeWords(file: Buffer, offset: number, words: readonly number[]): void {
  for (const [index, word] of words.entries()) file.writeUInt32BE(word >>> 0, offset + index * 4);
}
