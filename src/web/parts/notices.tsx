// The notices in their corner, and invitations of friends, which wait for an answer.

import { dismissNotice, notices } from "../state/notices.ts";
import { dismiss, invitations } from "../state/pushes.ts";
import { words } from "../words.ts";
import { Icon, IconButton } from "./icon.tsx";

export function Notices() {
  return (
    <div class="notices" aria-live="polite">
      {invitations.value.map(({ key, text, from }) => (
        <div key={key}>
          <Icon name="film" />
          <span>
            <strong>{from.name}</strong> {words.invites_to_watch} <bdi>{text}</bdi>
          </span>
          <IconButton icon="close" label={words.dismiss} onClick={() => dismiss(key)} />
        </div>
      ))}
      {notices.value.map(({ key, text }) => (
        <div key={key}>
          <span>{text}</span>
          <IconButton icon="close" label={words.dismiss} onClick={() => dismissNotice(key)} />
        </div>
      ))}
    </div>
  );
}
