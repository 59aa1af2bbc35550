// The pictures of a message, in the room that they will take before they are there, and its other files by their names.

import type { Attachment } from "../../protocol/community/entities.ts";
import { pictureOf } from "../parts/avatar.tsx";
import { words } from "../words.ts";

const MOST_WIDTH_PX = 420;
const MOST_HEIGHT_PX = 320;

/** As wide as it is, within these bounds. */
const shownWidth = (width: number, height: number) =>
  Math.round(Math.min(width, MOST_WIDTH_PX, (MOST_HEIGHT_PX * width) / height));

export function Attachments({ attachments }: { attachments: readonly Attachment[] }) {
  return (
    <ul class="attachments">
      {attachments.map(({ id, url, name, width, height }) => {
        const src = pictureOf(url);
        if (src && (width === null || height === null)) {
          return (
            <li key={id} class="file">
              <a href={src} download={name} rel="noopener">
                <bdi>{name}</bdi>
              </a>
            </li>
          );
        }
        return (
          src &&
          width !== null &&
          height !== null && (
            <li key={id} style={{ width: `${shownWidth(width, height)}px` }}>
              <a href={src} target="_blank" rel="noopener" title={words.talk.open_picture}>
                <img
                  {...{ src, width, height }}
                  alt={words.talk.attachment(width, height)}
                  loading="lazy"
                  decoding="async"
                />
              </a>
            </li>
          )
        );
      })}
    </ul>
  );
}
