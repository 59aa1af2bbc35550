// How a camera was held, by the EXIF of a photograph: a TIFF, whose first directory has entries of 12 bytes each.

const ORIENTATION = 0x0112;

/** Whether it is to be shown turned by a quarter; false where the EXIF makes no sense. */
export function isOnItsSide(exif: Buffer): boolean {
  const orientation = orientationOf(exif);
  return orientation >= 5 && orientation <= 8;
}

/** 1 to 8, by EXIF; 0 where it says nothing, or nothing that makes sense. */
export function orientationOf(exif: Buffer): number {
  try {
    return orientationIn(exif);
  } catch {
    return 0;
  }
}

/** 0 where it says nothing. */
function orientationIn(exif: Buffer): number {
  const is_little = exif.toString("latin1", 0, 2) === "II";
  const short = (at: number) => (is_little ? exif.readUInt16LE(at) : exif.readUInt16BE(at));
  const directory = is_little ? exif.readUInt32LE(4) : exif.readUInt32BE(4);
  for (let entries = short(directory), at = directory + 2; entries > 0; entries -= 1, at += 12) {
    if (short(at) === ORIENTATION) return short(at + 8);
  }
  return 0;
}
