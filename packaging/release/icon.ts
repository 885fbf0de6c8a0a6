/** The icon, drawn by formula: a dot between brackets, as in `[tag]-model`. */
import { deflateSync } from "node:zlib";

const BACKGROUND = [31, 41, 55];
const BRACKET = [255, 255, 255];
const DOT = [45, 212, 191];

/** Which colour is at a point of the unit square; undefined is transparent. */
function colorAt(x: number, y: number): readonly number[] | undefined {
  const [dx, dy] = [Math.abs(x - 0.5), Math.abs(y - 0.5)];
  const corner = Math.hypot(Math.max(dx - 0.28, 0), Math.max(dy - 0.28, 0));
  if (corner > 0.2) return undefined;
  if (Math.hypot(dx, dy) < 0.09) return DOT;
  const isUpright = dx > 0.25 && dx < 0.32 && dy < 0.28;
  const isArm = dx > 0.17 && dx < 0.32 && dy > 0.21 && dy < 0.28;
  return isUpright || isArm ? BRACKET : BACKGROUND;
}

/** Each pixel is the mean of four by four points. */
function render(size: number): Buffer {
  const pixels = Buffer.alloc(size * size * 4);
  for (let pixel = 0; pixel < size * size; pixel++) {
    const sums = [0, 0, 0, 0];
    for (let point = 0; point < 16; point++) {
      const x = ((pixel % size) + ((point % 4) + 0.5) / 4) / size;
      const y = (Math.floor(pixel / size) + (Math.floor(point / 4) + 0.5) / 4) / size;
      const color = colorAt(x, y);
      if (color === undefined) continue;
      for (const [index, part] of [...color, 1].entries()) sums[index] = (sums[index] ?? 0) + part;
    }
    const points = sums[3] ?? 0;
    for (let index = 0; index < 3; index++) pixels[pixel * 4 + index] = (sums[index] ?? 0) / (points || 1);
    pixels[pixel * 4 + 3] = (points * 255) / 16;
  }
  return pixels;
}

/** Eight bits a channel, red, green, blue and opacity, every row unfiltered. */
function drawPng(size: number): Buffer<ArrayBuffer> {
  const pixels = render(size);
  const rows = Array.from({ length: size }, (_, row) =>
    Buffer.concat([Buffer.alloc(1), pixels.subarray(row * size * 4, (row + 1) * size * 4)]),
  );
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 0, 0]);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const data = deflateSync(Buffer.concat(rows), { level: 9 });
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(Bun.hash.crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A directory of 16 bytes per picture, then the pictures as PNG. */
export function drawIco(sizes: readonly number[]): Buffer {
  const pictures = sizes.map((size) => drawPng(size));
  const directory = Buffer.alloc(6 + 16 * sizes.length);
  directory.writeUInt16LE(1, 2);
  directory.writeUInt16LE(sizes.length, 4);
  let offset = directory.length;
  for (const [index, picture] of pictures.entries()) {
    const at = 6 + 16 * index;
    // 256 does not fit and is written as 0.
    const side = (sizes[index] ?? 0) % 256;
    directory.set([side, side, 0, 0, 1, 0, 32, 0], at);
    directory.writeUInt32LE(picture.length, at + 8);
    directory.writeUInt32LE(offset, at + 12);
    offset += picture.length;
  }
  return Buffer.concat([directory, ...pictures]);
}
