/** Folders of this library's own code; the first stack line outside them is the user's. */
const own = new URL('..', import.meta.url).href;

/**
 * The line of the user's program that led here, as `file:line:column`. The library's programs count as the user's:
 * they are what a reader wants to see named.
 */
export function sourceLine(from: Error = trace()): string {
  const lines = from.stack?.split('\n').slice(1) ?? [];
  for (const line of lines) {
    const place = /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(line)?.[1];
    if (place === undefined || place.startsWith('node:')) continue;
    const url = place.startsWith('file:') ? place : `file://${place}`;
    const inside = url.startsWith(own) ? url.slice(own.length) : undefined;
    if (inside === undefined || inside.startsWith('programs/')) {
      return place.replace('file://', '');
    }
  }
  return 'unknown line';
}

/** Where the program is now, to be read later if at all: a stack costs little until it is written out. */
export function trace(): Error {
  // A gradient's op stands deep below the user's line: further than the ten frames a stack usually shows.
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const here = new Error();
  Error.stackTraceLimit = usual;
  return here;
}
