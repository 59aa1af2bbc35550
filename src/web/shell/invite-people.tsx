// A link that lets people in: made when it is asked for, and the same again as long as the page is open.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { RequestError } from "../../client/index.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { client, serverOf } from "../state/cache.ts";
import { say } from "../state/notices.ts";
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

/** Selects what is to be copied, where it can't be copied by itself. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(words.side.copied);
  } catch {
    document.querySelector<HTMLInputElement>("dialog input[readonly]")?.select();
  }
}

export function InvitePeople({ server_id, name, onClose }: { server_id: number; name: string; onClose(): void }) {
  const [link, setLink] = useState<string | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    codeFor(server_id).then((code) => setLink(linkOf(code)), setError);
  }, [server_id]);
  useEffect(() => input.current?.select(), [link]);
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
        {link && (
          <div class="field">
            <label for={id}>{words.side.invite_link}</label>
            <div class="row tight">
              <input ref={input} class="input" id={id} readOnly value={link} />
              <button type="button" class="button go" onClick={() => void copy(link)}>
                <Icon name="copy" />
                {words.side.copy}
              </button>
            </div>
          </div>
        )}
      </div>
    </Dialog>
  );
}
