/**
 * TFRecord, the file of records that TensorFlow and TensorBoard read: the length of a record (uint64, little-endian), a
 * checksum of the length, the record, a checksum of the record.
 */
import { DataError } from '../core/errors.ts';
import { crc32c } from './crc32c.ts';

const headerBytes = 12;
const footerBytes = 4;

/** One record as it stands in the file. */
export function frameRecord(record: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(headerBytes + record.length + footerBytes);
  framed.writeBigUInt64LE(BigInt(record.length), 0);
  framed.writeUInt32LE(maskedCrc(framed.subarray(0, 8)), 8);
  framed.set(record, headerBytes);
  framed.writeUInt32LE(maskedCrc(record), headerBytes + record.length);
  return framed;
}

/** The records in the bytes of a file; `file` is the name that errors give. */
export function readRecords(bytes: Uint8Array, file = 'tfrecord'): Uint8Array[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (at: number, found: string, wanted: string) =>
    new DataError(`${file}: byte ${at}: ${found}; want ${wanted}`, { file, byte: at });
  const records: Uint8Array[] = [];
  for (let at = 0; at < view.length; ) {
    const number = records.length;
    if (at + headerBytes > view.length) {
      throw fail(view.length, `the file ends inside the header of record ${number}`, '12 bytes');
    }
    if (view.readUInt32LE(at + 8) !== maskedCrc(view.subarray(at, at + 8))) {
      throw fail(
        at + 8,
        `the length of record ${number} differs from its checksum`,
        'an undamaged TFRecord file',
      );
    }
    const start = at + headerBytes;
    const length = Number(view.readBigUInt64LE(at));
    const end = start + length;
    if (end + footerBytes > view.length) {
      throw fail(view.length, `the file ends inside record ${number}`, `${length} bytes of it`);
    }
    const record = view.subarray(start, end);
    if (view.readUInt32LE(end) !== maskedCrc(record)) {
      throw fail(end, `record ${number} differs from its checksum`, 'an undamaged TFRecord file');
    }
    records.push(record);
    at = end + footerBytes;
  }
  return records;
}

/** Rotated and shifted, so that the checksum of data that holds checksums stays useful. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
