// The name of the server, and behind it what one may do with it.

import { useState } from "preact/hooks";
import { NotificationDialog } from "../notifications/notification-dialog.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { type Action, Menu } from "../parts/menu.tsx";
import { client, selfId, serverOf } from "../state/cache.ts";
import { attempt } from "../state/notices.ts";
import { go, ways } from "../state/places.ts";
import { mayManage } from "../state/rights.ts";
import { words } from "../words.ts";

export function ServerMenu({ server_id, name }: { server_id: number; name: string }) {
  const [is_notifying, setNotifying] = useState(false);
  const [is_leaving, setLeaving] = useState(false);
  const owner_id = serverOf(server_id)?.details?.owner_id;
  const actions: Action[] = [
    ...(mayManage(server_id)
      ? [{ name: words.side.server_settings, icon: "gear" as const, run: () => go(ways.serverSettings(server_id)) }]
      : []),
    { name: words.notifications.open, icon: "bell", run: () => setNotifying(true) },
    ...(owner_id !== undefined && owner_id !== selfId()
      ? [{ name: words.side.leave, icon: "out" as const, is_danger: true, run: () => setLeaving(true) }]
      : []),
  ];
  const leave = () =>
    void attempt((client.value as NonNullable<typeof client.value>).ask("leave_server", { server_id })).then(
      (done) => done && go("/"),
    );
  return (
    <div class="side-head">
      <h2>{name || " "}</h2>
      <Menu label={words.side.server_menu} actions={actions} align="end">
        <Icon name="down" />
      </Menu>
      {is_notifying && <NotificationDialog target={{ server_id }} name={name} onClose={() => setNotifying(false)} />}
      {is_leaving && (
        <Confirm
          title={words.side.leave_title(name)}
          text={words.side.leave_text}
          action={words.side.leave}
          onConfirm={leave}
          onClose={() => setLeaving(false)}
        />
      )}
    </div>
  );
}
