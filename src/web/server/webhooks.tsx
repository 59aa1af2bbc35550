// The webhooks of a server: addresses by which programs write in a channel.

import type { Webhook } from "../../protocol/community/webhooks.ts";
import { SecretList } from "../parts/secret-list.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { client } from "../state/cache.ts";
import { nameOf } from "../state/people.ts";
import { may } from "../state/rights.ts";
import { dateOf } from "../state/times.ts";
import { endWebhook, rotateWebhook } from "../state/webhooks.ts";
import { words } from "../words.ts";
import { allChannels } from "./places.ts";
import { secretOf, WebhookDialog } from "./webhook-dialog.tsx";

const text = words.server.webhooks;

export function Webhooks({ server_id }: { server_id: number }) {
  const { value, error, reload } = useLoaded(() => client.value?.ask("get_webhooks", { server_id }), server_id);
  const all = allChannels(server_id);
  const channels = all.filter(({ id }) => may("manage_webhooks", server_id, id));
  const about = ({ channel_id, creator_id, created_date, mentions }: Webhook) => {
    const channel = all.find(({ id }) => id === channel_id)?.name ?? "";
    const said = [`#${channel}`, text.by(nameOf(creator_id, server_id), dateOf(created_date)), mentions && text.pings];
    return said.filter(Boolean).join(" · ");
  };
  return (
    <SecretList
      words={text}
      icons={{ empty: "link", rotate: "link" }}
      holders={value?.webhooks ?? null}
      error={error}
      may_add={channels.length > 0}
      about={about}
      rotate={({ id }) => rotateWebhook(id).then((webhook) => webhook && secretOf(webhook))}
      end={({ id }) => endWebhook(id)}
      editor={({ holder, ...dialog }) => <WebhookDialog webhook={holder} {...{ server_id, channels, ...dialog }} />}
      onChange={reload}
    />
  );
}
