/** Reproducible archives: the entries are sorted, have the same time, and have no owner. */

export interface Entry {
  readonly name: string;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly isExecutable: boolean;
}

/** ustar in gzip. Each entry is a header of 512 bytes, and data padded to a multiple of 512. Two empty blocks end the archive. */
export function packTar(entries: readonly Entry[], seconds: number): Uint8Array {
  const blocks = inOrder(entries).flatMap((entry) => {
    const padding = Buffer.alloc((512 - (entry.data.length % 512)) % 512);
    return [tarHeader(entry, seconds), entry.data, padding];
  });
  return Bun.gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 6, library: "libdeflate" });
}

function tarHeader({ name, data, isExecutable }: Entry, seconds: number): Buffer {
  if (name.length > 100) throw new Error(`Cannot archive "${name}": a name may have 100 characters`);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(octal(isExecutable ? 0o755 : 0o644, 8), 100);
  header.write(octal(0, 8) + octal(0, 8), 108);
  header.write(octal(data.length, 12) + octal(seconds, 12), 124);
  header.write("        0", 148);
  header.write("0", 156);
  header.write("ustar\x0000root", 257);
  header.write("root", 297);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 7)} `, 148);
  return header;
}

function octal(value: number, size: number): string {
  return `${value.toString(8).padStart(size - 1, "0")}\0`;
}

/** Each entry is a local header and deflated data. The directory of all entries and the end record follow. */
export function packZip(entries: readonly Entry[], seconds: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, isExecutable } of inOrder(entries)) {
    const deflated = Bun.deflateSync(data, { level: 6, library: "libdeflate" });
    const common = zipFields(name, data, deflated.length, seconds);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name)]);
    const central = Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), common, Buffer.alloc(14)]);
    // Unix permissions.
    central.writeUInt16LE(isExecutable ? 0o100755 : 0o100644, 40);
    central.writeUInt32LE(offset, 42);
    directory.push(central, Buffer.from(name));
    parts.push(local, deflated);
    offset += local.length + deflated.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}

/** Version needed, flags, method, time, date, checksum, both sizes, length of the name, no extras. */
function zipFields(
  name: string,
  data: Uint8Array<ArrayBuffer>,
  deflatedLength: number,
  seconds: number,
): Buffer {
  const time = new Date(Math.max(seconds, ZIP_EPOCH) * 1000);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt16LE(
    (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1),
    6,
  );
  const years = time.getUTCFullYear() - 1980;
  fields.writeUInt16LE((years << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate(), 8);
  fields.writeUInt32LE(Bun.hash.crc32(data), 10);
  fields.writeUInt32LE(deflatedLength, 14);
  fields.writeUInt32LE(data.length, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

/** 1 January 1980, the earliest time in a zip archive, in seconds. */
export const ZIP_EPOCH = 315_532_800;

function inOrder(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
