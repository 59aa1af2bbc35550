// What can be done with a channel while one is in it.

import { useState } from "preact/hooks";
import { NotificationDialog } from "../notifications/notification-dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { Menu } from "../parts/menu.tsx";
import { words } from "../words.ts";
import { DateDialog } from "./jump-to-date.tsx";

interface ChannelMenuProps {
  channel_id: number;
  name: string;
  onPins(): void;
}

export function ChannelMenu({ channel_id, name, onPins }: ChannelMenuProps) {
  const [open, setOpen] = useState<"date" | "notifications" | null>(null);
  const onClose = () => setOpen(null);
  return (
    <>
      <Menu
        label={words.talk.channel_menu}
        actions={[
          { name: words.talk.pins.title, icon: "pin", run: onPins },
          { name: words.talk.jump_to_date, icon: "calendar", run: () => setOpen("date") },
          { name: words.notifications.open, icon: "bell", run: () => setOpen("notifications") },
        ]}
        align="end"
      >
        <Icon name="more" />
      </Menu>
      {open === "date" && <DateDialog channel_id={channel_id} onClose={onClose} />}
      {open === "notifications" && <NotificationDialog target={{ channel_id }} name={`#${name}`} onClose={onClose} />}
    </>
  );
}
