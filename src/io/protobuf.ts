/**
 * The wire format of Protocol Buffers, as far as writing needs it: a message is its fields one after another, a field is
 * its number and wire type followed by its value. A string, a list of packed numbers and a message inside a message are
 * all bytes.
 */
import { littleEndianBytes } from './little-endian.ts';

const varintType = 0;
const eightBytes = 1;
const counted = 2;
const fourBytes = 5;

export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

/** A whole number or a truth. Negative ones take ten bytes, as int64 does. */
export function integer(field: number, value: number | bigint | boolean): Uint8Array {
  return Buffer.concat([key(field, varintType), varint(value)]);
}

export function float(field: number, value: number): Uint8Array {
  return Buffer.concat([key(field, fourBytes), littleEndianBytes(Float32Array.of(value))]);
}

export function double(field: number, value: number): Uint8Array {
  return Buffer.concat([key(field, eightBytes), littleEndianBytes(Float64Array.of(value))]);
}

export function bytes(field: number, value: Uint8Array | string): Uint8Array {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([key(field, counted), varint(content.length), content]);
}

function key(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number | bigint | boolean): Uint8Array {
  const septets = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) septets.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...septets, Number(rest)]);
}
