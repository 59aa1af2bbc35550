// What can be done with a conversation.

import { useState } from "preact/hooks";
import { NotificationDialog } from "../notifications/notification-dialog.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { type Action, Menu } from "../parts/menu.tsx";
import { Profile } from "../people/profile.tsx";
import { client, selfId } from "../state/cache.ts";
import { type Conversation, closeConversation, otherOf, titleOf } from "../state/conversations.ts";
import { attempt } from "../state/notices.ts";
import { go, ways } from "../state/places.ts";
import { DateDialog } from "../talk/jump-to-date.tsx";
import { words } from "../words.ts";
import { AddPeople } from "./add-people.tsx";
import { GroupSettings } from "./group-settings.tsx";

const text = words.conversations;
type Open = "profile" | "notifications" | "date" | "edit" | "add" | "leave";

interface ConversationMenuProps {
  conversation: Conversation;
  onPins(): void;
}

export function ConversationMenu({ conversation, onPins }: ConversationMenuProps) {
  const [open, setOpen] = useState<Open | null>(null);
  const { id, kind, channel_id } = conversation;
  const onClose = () => setOpen(null);
  const of_group: Action[] = [
    { name: text.add_people, icon: "plus", run: () => setOpen("add") },
    { name: text.edit_group, icon: "pencil", run: () => setOpen("edit") },
  ];
  const of_two: Action[] = [{ name: text.profile, icon: "people", run: () => setOpen("profile") }];
  const actions: Action[] = [
    ...(kind === "group" ? of_group : of_two),
    { name: words.talk.pins.title, icon: "pin", run: onPins },
    { name: words.notifications.open, icon: "bell", run: () => setOpen("notifications") },
    { name: words.talk.jump_to_date, icon: "calendar", run: () => setOpen("date") },
    { name: text.close, icon: "close", run: () => void closeConversation(id) },
    ...(kind === "group"
      ? [{ name: text.leave, icon: "out" as const, is_danger: true, run: () => setOpen("leave") }]
      : []),
  ];
  const other = otherOf(conversation);
  return (
    <>
      <Menu label={text.menu} actions={actions} align="end">
        <Icon name="more" />
      </Menu>
      {open === "profile" && other && <Profile user_id={other.user_id} server_id={0} onClose={onClose} />}
      {open === "notifications" && (
        <NotificationDialog target={{ conversation_id: id }} name={titleOf(conversation)} onClose={onClose} />
      )}
      {open === "date" && <DateDialog channel_id={channel_id} onClose={onClose} />}
      {open === "edit" && <GroupSettings conversation={conversation} onClose={onClose} />}
      {open === "add" && <AddPeople conversation={conversation} onClose={onClose} />}
      {open === "leave" && (
        <Confirm
          title={text.leave_title(titleOf(conversation))}
          text={text.leave_text}
          action={text.leave}
          onConfirm={() => void leave(id)}
          onClose={onClose}
        />
      )}
    </>
  );
}

async function leave(conversation_id: number): Promise<void> {
  const asked = client.value?.ask("remove_conversation_member", { conversation_id, user_id: selfId() });
  if (await attempt(asked)) go(ways.friends);
}
