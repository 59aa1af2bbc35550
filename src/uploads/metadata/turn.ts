// How an image has to be turned to stand as its EXIF says a viewer shows it. Of JPEGs Bun sees to it by itself.

import type { ImageType } from "../../protocol/uploads.ts";
import { orientationOf } from "../exif.ts";
import { pngParts } from "../image-ends.ts";

export interface Turn {
  /** Clockwise. */
  degrees: number;
  /** Left and right change places afterwards. */
  is_mirrored: boolean;
}

/** By orientation, from 1 on. */
const turns: readonly [degrees: number, is_mirrored: boolean][] = [
  [0, false],
  [0, true],
  [180, false],
  [180, true],
  [90, true],
  [90, false],
  [270, true],
  [270, false],
];

export function turnOf(file: Buffer, type: ImageType): Turn {
  const exif = type === "image/png" ? pngParts(file).exif : null;
  const [degrees, is_mirrored] = (exif && turns[orientationOf(exif) - 1]) || [0, false];
  return { degrees, is_mirrored };
}
