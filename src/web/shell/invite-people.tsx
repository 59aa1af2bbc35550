// A link that lets people in: made when it is asked for, and the same again as long as the page is open.

import { useEffect, useState } from "preact/hooks";
import type { RequestError } from "../../client/index.ts";
import { CopyField } from "../parts/copy-field.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { client, serverOf } from "../state/cache.ts";
import { ways } from "../state/places.ts";
import { words } from "../words.ts";

const WEEK_S = 7 * 24 * 60 * 60;
const made = new Map<number, string>();

export const linkOf = (code: string) => `${location.origin}${ways.invite(code)}`;

async function codeFor(server_id: number): Promise<string> {
  const known = made.get(server_id);
  if (known) return known;
  const reply = await client.value?.ask("add_invite", { server_id, expires_in_s: WEEK_S });
  const code = reply?.invite.code ?? "";
  made.set(server_id, code);
  return code;
}

export function InvitePeople({ server_id, name, onClose }: { server_id: number; name: string; onClose(): void }) {
  const [link, setLink] = useState<string | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  useEffect(() => {
    codeFor(server_id).then((code) => setLink(linkOf(code)), setError);
  }, [server_id]);
  return (
    <Dialog title={words.side.invite_title(name)} onClose={onClose}>
      <div class="form">
        <p>{words.side.invite_text}</p>
        {serverOf(server_id)?.details?.joins === "paused" && <p class="note">{words.side.joins_paused}</p>}
        {error && (
          <p class="alert" role="alert">
            {error.message}
          </p>
        )}
        {!link && !error && <span class="skeleton tall" />}
        {link && <CopyField label={words.side.invite_link} value={link} />}
      </div>
    </Dialog>
  );
}
