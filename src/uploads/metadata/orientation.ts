// The one thing of a photograph's EXIF that is kept: how the camera was held, in an EXIF of its own that says no more.

import { orientationOf } from "../exif.ts";

const UPRIGHT = 1;

/** A TIFF with one entry, the orientation; null where the EXIF says none, or that it is upright. */
export function orientationAlone(exif: Buffer | null): Buffer | null {
  const orientation = exif === null ? 0 : orientationOf(exif);
  if (orientation <= UPRIGHT || orientation > 8) return null;
  const tiff = Buffer.alloc(26);
  tiff.write("MM\0*", 0, "latin1");
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x0112, 10);
  tiff.writeUInt16BE(3, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
}
