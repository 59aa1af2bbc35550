// A webhook, new or changed.

import type { Webhook } from "../../protocol/community/webhooks.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { PictureField } from "../parts/picture-field.tsx";
import type { EditorProps, MadeSecret } from "../parts/secret-list.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { may } from "../state/rights.ts";
import { changeWebhook, saveWebhook } from "../state/webhooks.ts";
import { words } from "../words.ts";

const text = words.server.webhooks;

/** The whole address, where it was just made. */
export const secretOf = ({ name, url }: Webhook): MadeSecret | null =>
  url === undefined ? null : { name, secret: new URL(url, location.origin).href };

interface WebhookDialogProps extends Pick<EditorProps<Webhook>, "onDone" | "onClose"> {
  server_id: number;
  /** Null: a new one. */
  webhook: Webhook | null;
  /** Those in which one may manage webhooks. */
  channels: readonly { id: number; name: string }[];
}

export function WebhookDialog({ server_id, webhook, channels, onDone, onClose }: WebhookDialogProps) {
  const may_ping = may("mention_everyone", server_id);
  const submit = useSubmit(async ({ name = "", channel = "0", mentions }) => {
    const pings = may_ping ? { mentions: mentions === "on" } : {};
    const saved = await saveWebhook(webhook?.id ?? null, { channel_id: Number(channel), name, ...pings });
    if (saved) onDone(secretOf(saved));
  });
  return (
    <Dialog title={webhook ? text.edit_title(webhook.name) : text.add} onClose={onClose}>
      {webhook && (
        <PictureField
          id={webhook.id}
          name={webhook.name}
          picture={webhook.profile_pic}
          onChange={(profile_pic) => changeWebhook(webhook.id, { profile_pic }).then(() => onDone(null))}
        />
      )}
      <Form action={webhook ? words.save : words.rail.create} fields={["name", "channel_id"]} {...submit}>
        <Field
          name="name"
          label={text.name}
          hint={text.name_hint}
          defaultValue={webhook?.name ?? ""}
          autoComplete="off"
          autoFocus
          refusal={submit.refusal}
        />
        <SelectField<number>
          name="channel"
          label={text.channel}
          value={webhook?.channel_id ?? channels[0]?.id ?? 0}
          options={channels.map(({ id, name }) => [id, `#${name}`] as const)}
        />
        {may_ping && (
          <label class="check">
            <input type="checkbox" name="mentions" defaultChecked={webhook?.mentions ?? false} />
            {text.may_ping}
          </label>
        )}
      </Form>
    </Dialog>
  );
}
