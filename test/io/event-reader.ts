/**
 * Reads event files by the formats' published definitions and by nothing of src/: the writer's mistakes are not shared.
 */

/** A message as its fields: number → values in order. Varints are bigint, the rest bytes. */
export type Message = Map<number, (bigint | Uint8Array)[]>;

/** CRC-32C one bit at a time, highest bit first on reflected bytes, where the writer has a table. */
export function bitwiseCrc32c(bytes: Uint8Array): number {
  let register = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const out = (register >> 31n) & 1n;
      register =
        ((register << 1n) & 0xffffffffn) ^ (out ^ BigInt((byte >> bit) & 1) ? 0x1edc6f41n : 0n);
    }
  }
  let reflected = 0n;
  for (let bit = 0n; bit < 32n; bit++) reflected |= ((register >> bit) & 1n) << (31n - bit);
  return Number(reflected ^ 0xffffffffn);
}

/** Splits a TFRecord file; throws where a checksum is wrong or bytes are left over. */
export function splitRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const check = (from: number, to: number) => {
    const crc = BigInt(bitwiseCrc32c(file.subarray(from, to)));
    const masked = ((((crc >> 15n) | (crc << 17n)) & 0xffffffffn) + 0xa282ead8n) & 0xffffffffn;
    if (BigInt(view.getUint32(to, true)) !== masked) throw new Error(`wrong checksum at ${to}`);
  };
  const records = [];
  let at = 0;
  while (at < file.length) {
    check(at, at + 8);
    const length = Number(view.getBigUint64(at, true));
    check(at + 12, at + 12 + length);
    records.push(file.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
  if (at !== file.length) throw new Error('bytes left over');
  return records;
}

/** Any message, without its definition. */
export function decodeMessage(bytes: Uint8Array): Message {
  const fields: Message = new Map();
  let at = 0;
  const take = (count: number) => {
    if (at + count > bytes.length) throw new Error('message ends inside a field');
    at += count;
    return bytes.subarray(at - count, at);
  };
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = take(1)[0] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      if (shift > 56n) throw new Error('varint of more than ten bytes');
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    const value =
      wire === 0
        ? varint()
        : wire === 1
          ? take(8)
          : wire === 5
            ? take(4)
            : wire === 2
              ? take(Number(varint()))
              : undefined;
    if (value === undefined) throw new Error(`wire type ${wire}`);
    const field = Math.floor(key / 8); // not a shift: numbers go up to 2^29
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

export const bytesAt = (message: Message, field: number): Uint8Array => {
  const value = message.get(field)?.[0];
  if (!(value instanceof Uint8Array)) throw new Error(`no bytes in field ${field}`);
  return value;
};
export const numberAt = (message: Message, field: number): number => {
  const value = message.get(field)?.[0];
  if (typeof value !== 'bigint') throw new Error(`no whole number in field ${field}`);
  return Number(BigInt.asIntN(64, value));
};
export const textAt = (message: Message, field: number): string =>
  Buffer.from(bytesAt(message, field)).toString();
export const messageAt = (message: Message, ...path: readonly number[]): Message =>
  path.reduce((inner, field) => decodeMessage(bytesAt(inner, field)), message);
export const messagesAt = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map((value) => decodeMessage(value as Uint8Array));
export const floatAt = (message: Message, field: number): number =>
  Buffer.from(bytesAt(message, field)).readFloatLE();
export const doubleAt = (message: Message, field: number): number =>
  Buffer.from(bytesAt(message, field)).readDoubleLE();

/** A TensorProto: type, shape, and strings or the doubles of its content. */
export function decodeTensor(tensor: Message): {
  type: number;
  shape: number[];
  strings: Buffer[];
  doubles: number[];
} {
  const content = Buffer.from((tensor.get(4)?.[0] as Uint8Array | undefined) ?? []);
  return {
    type: numberAt(tensor, 1),
    shape: messagesAt(messageAt(tensor, 2), 2).map((axis) => numberAt(axis, 1)),
    strings: (tensor.get(8) ?? []).map((text) => Buffer.from(text as Uint8Array)),
    doubles: Array.from({ length: content.length / 8 }, (_, i) => content.readDoubleLE(8 * i)),
  };
}
