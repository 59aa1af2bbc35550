// A webhook, new or changed, and its address, which is shown this once.

import type { Webhook } from "../../protocol/community/webhooks.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { PictureField } from "../parts/picture-field.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { ShownOnce } from "../parts/shown-once.tsx";
import { client } from "../state/cache.ts";
import { may } from "../state/rights.ts";
import { words } from "../words.ts";

const text = words.server.webhooks;

interface WebhookDialogProps {
  server_id: number;
  /** Null: a new one. */
  webhook: Webhook | null;
  /** Those in which one may manage webhooks. */
  channels: readonly { id: number; name: string }[];
  onDone(webhook: Webhook): void;
  onClose(): void;
}

async function save(webhook: Webhook | null, channel_id: number, looks: { name: string; mentions?: boolean }) {
  if (!webhook) return client.value?.ask("add_webhook", { channel_id, ...looks });
  return client.value?.ask("update_webhook", { webhook_id: webhook.id, changes: { channel_id, ...looks } });
}

export function WebhookDialog({ server_id, webhook, channels, onDone, onClose }: WebhookDialogProps) {
  const may_ping = may("mention_everyone", server_id);
  const submit = useSubmit(async ({ name = "", channel = "0", mentions }) => {
    const pings = may_ping ? { mentions: mentions === "on" } : {};
    const saved = await save(webhook, Number(channel), { name, ...pings });
    if (saved) onDone(saved.webhook);
  });
  const change = (profile_pic: string | null) =>
    client.value?.ask("update_webhook", { webhook_id: webhook?.id ?? 0, changes: { profile_pic } }) ??
    Promise.resolve();
  return (
    <Dialog title={webhook ? text.edit_title(webhook.name) : text.add} onClose={onClose}>
      {webhook && (
        <PictureField
          id={webhook.id}
          name={webhook.name}
          picture={webhook.profile_pic}
          onChange={(url) => change(url).then((saved) => saved && onDone(saved.webhook))}
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

export function WebhookAddress({ webhook: { name, url = "" }, onClose }: { webhook: Webhook; onClose(): void }) {
  const value = new URL(url, location.origin).href;
  return (
    <ShownOnce title={text.address_title(name)} text={text.address_text} label={text.address} {...{ value, onClose }} />
  );
}
