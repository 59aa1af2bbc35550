// Who of many can view a channel, for who tells people of what was said while they were away.

import { notFound, success } from "../../protocol/outcome.ts";
import type { Reply } from "../kernel/actor.ts";
import type { RoomCalls } from "./calls.ts";
import type { Room } from "./room.ts";

type Viewers = RoomCalls["viewers"];

export async function answerViewers(
  room: Room,
  { channel_id, user_ids }: Viewers["request"],
  reply: Reply<Viewers["reply"]>,
): Promise<void> {
  const members = await room.membersAmong(user_ids);
  const channel = room.structure.channel(channel_id);
  if (!channel) return reply(notFound());
  const viewers = members.filter((member) => room.structure.mayIn(member, channel, "view_channel"));
  reply(success({ user_ids: viewers.map(({ user_id }) => user_id) }));
}
