// The pictures of a message, in the room that they will take before they are there.

import type { Attachment } from "../../protocol/community/entities.ts";
import { pictureOf } from "../parts/avatar.tsx";
import { words } from "../words.ts";

export function Attachments({ attachments }: { attachments: readonly Attachment[] }) {
  return (
    <ul class="attachments">
      {attachments.map(({ id, url, width, height }) => {
        const src = pictureOf(url);
        return (
          src && (
            <li key={id}>
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
