// One's own messages that are not there yet: they wait for the server or for a connection, or were refused.

import type { OutboxEntry } from "../../client/index.ts";
import { connection } from "../state/account.ts";
import { ready } from "../state/cache.ts";
import { discard, type Failed, sendAgain } from "../state/outbox.ts";
import { place } from "../state/places.ts";
import { nameOfUpload } from "../state/uploading.ts";
import { words } from "../words.ts";
import { Text } from "./text.tsx";

export function WaitingMessage({ entry }: { entry: OutboxEntry }) {
  const said = connection.value === "ready" ? words.talk.sending : words.talk.waiting;
  return (
    <article class="message goes-on waiting" aria-label={ready.value?.user.name}>
      <Said entry={entry} />
      <span class="hint">{said}</span>
    </article>
  );
}

function Said({ entry: { content, attachments = [] } }: { entry: OutboxEntry }) {
  const server_id = place.value.at === "channel" ? place.value.server_id : 0;
  return (
    <div class="said">
      {content && <Text content={content} server_id={server_id} />}
      {attachments.length > 0 && (
        <ul>
          {attachments.map((id) => (
            <li key={id}>
              <bdi>{nameOfUpload(id) ?? words.talk.a_file}</bdi>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function FailedMessage({ failed }: { failed: Failed }) {
  return (
    <article class="message goes-on failed" aria-label={ready.value?.user.name}>
      <Said entry={failed.entry} />
      <p class="fault" role="alert">
        {words.talk.not_sent} {failed.error.message}
      </p>
      <div class="row">
        <button type="button" class="button small" onClick={() => sendAgain(failed)}>
          {words.talk.send_again}
        </button>
        <button type="button" class="button small" onClick={() => discard(failed)}>
          {words.talk.discard}
        </button>
      </div>
    </article>
  );
}
