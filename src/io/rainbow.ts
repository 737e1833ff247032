/** A colour as red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Matplotlib's rainbow map, violet to red, as its table of 256 colours holds it: entry 0 to 255. */
export function rainbow(entry: number): Rgb {
  const x = Math.min(255, Math.max(0, Math.floor(entry))) / 255;
  const byte = (share: number) => Math.round(255 * Math.min(1, Math.max(0, share)));
  return [
    byte(Math.abs(2 * x - 0.5)),
    byte(Math.sin(Math.PI * x)),
    byte(Math.cos((Math.PI * x) / 2)),
  ];
}

/** Black or white, whichever is read more easily on a colour: the contrast of WCAG 2, which wants relative luminance. */
export function inkOn([red, green, blue]: Rgb): Rgb {
  const linear = (byte: number) => {
    const share = byte / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? [0, 0, 0] : [255, 255, 255];
}
