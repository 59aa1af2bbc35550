// The webhooks of a server: addresses by which programs write in a channel, each shown when it is made and never again.

import { useState } from "preact/hooks";
import type { Webhook } from "../../protocol/community/webhooks.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { type Action, Menu } from "../parts/menu.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { client } from "../state/cache.ts";
import { attempt } from "../state/notices.ts";
import { nameOf } from "../state/people.ts";
import { may } from "../state/rights.ts";
import { dateOf } from "../state/times.ts";
import { words } from "../words.ts";
import { allChannels } from "./places.ts";
import { WebhookAddress, WebhookDialog } from "./webhook-dialogs.tsx";

const text = words.server.webhooks;

type Open = { what: "new" } | { what: "edit" | "rotate" | "delete" | "address"; webhook: Webhook };

export function Webhooks({ server_id }: { server_id: number }) {
  const [open, setOpen] = useState<Open | null>(null);
  const { value, error, reload } = useLoaded(() => client.value?.ask("get_webhooks", { server_id }), server_id);
  const channels = allChannels(server_id).filter(({ id }) => may("manage_webhooks", server_id, id));
  const onClose = () => setOpen(null);
  /** Where a new address came, it is shown. */
  const onDone = (webhook: Webhook | null) => {
    reload();
    setOpen(webhook?.url ? { what: "address", webhook } : null);
  };
  return (
    <>
      <p class="hint">{text.text}</p>
      <Refused error={error} />
      {channels.length > 0 && (
        <button type="button" class="button go" onClick={() => setOpen({ what: "new" })}>
          {text.add}
        </button>
      )}
      {value?.webhooks.length === 0 && <Empty icon="link" title={text.empty} text={text.empty_text} />}
      <ul class="cards lined">
        {value?.webhooks.map((webhook) => (
          <WebhookLine key={webhook.id} {...{ webhook, server_id }} onOpen={(what) => setOpen({ what, webhook })} />
        ))}
      </ul>
      {open?.what === "new" && <WebhookDialog {...{ server_id, channels, onClose, onDone }} webhook={null} />}
      {open?.what === "edit" && <WebhookDialog {...{ server_id, channels, onClose, onDone }} webhook={open.webhook} />}
      {open?.what === "address" && <WebhookAddress webhook={open.webhook} onClose={onClose} />}
      {open?.what === "rotate" && (
        <Confirm
          title={text.rotate_title(open.webhook.name)}
          text={text.rotate_text}
          action={text.rotate}
          onConfirm={() => void rotate(open.webhook).then((webhook) => webhook && onDone(webhook))}
          onClose={onClose}
        />
      )}
      {open?.what === "delete" && (
        <Confirm
          title={text.delete_title(open.webhook.name)}
          text={text.delete_text}
          action={text.delete}
          onConfirm={() => void end(open.webhook).then((is_done) => is_done && onDone(null))}
          onClose={onClose}
        />
      )}
    </>
  );
}

async function rotate({ id: webhook_id }: Webhook): Promise<Webhook | null> {
  let made: Webhook | null = null;
  const asked = client.value?.ask("update_webhook", { webhook_id, rotate: true });
  await attempt(
    asked?.then(({ webhook }) => {
      made = webhook;
    }),
  );
  return made;
}

const end = ({ id: webhook_id }: Webhook) => attempt(client.value?.ask("delete_webhook", { webhook_id }));

interface WebhookLineProps {
  webhook: Webhook;
  server_id: number;
  onOpen(what: "edit" | "rotate" | "delete"): void;
}

function WebhookLine({ webhook, server_id, onOpen }: WebhookLineProps) {
  const { id, name, profile_pic, channel_id, creator_id, created_date, mentions } = webhook;
  const channel = allChannels(server_id).find((one) => one.id === channel_id)?.name ?? "";
  const said = [`#${channel}`, text.by(nameOf(creator_id, server_id), dateOf(created_date)), mentions && text.pings];
  const actions: Action[] = [
    { name: text.edit, icon: "pencil", run: () => onOpen("edit") },
    { name: text.rotate, icon: "link", run: () => onOpen("rotate") },
    { name: text.delete, icon: "bin", is_danger: true, run: () => onOpen("delete") },
  ];
  return (
    <li class="card">
      <Avatar id={id} name={name} picture={profile_pic} size={34} />
      <span class="who">
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span>{said.filter(Boolean).join(" · ")}</span>
      </span>
      <Menu label={text.more(name)} actions={actions} align="end">
        <Icon name="more" />
      </Menu>
    </li>
  );
}
