// Many messages of one channel deleted at once.

import { success } from "../../../protocol/outcome.ts";
import { asViewer, lockOf } from "../asker.ts";
import { entryOf } from "../audit.ts";
import type { RoomHandlers } from "../handler.ts";
import { removeTogether } from "../messages/removal.ts";

export const deletionHandlers: RoomHandlers<"delete_messages"> = {
  delete_messages: {
    mode: "change",
    run: (room, { channel_id, message_ids, reason }, from, reply) =>
      room.gate.exclusively(async () => {
        const viewer = await asViewer(room, from.id, channel_id, "manage_messages");
        if (!viewer.ok) return reply(viewer);
        const ids = await room.on.store.messages.liveAmong(channel_id, message_ids);
        const locked = ids.length > 0 ? lockOf(room) : null;
        if (locked) return reply(locked);
        if (ids.length > 0) {
          const noted = { reason, place_id: channel_id, before: { message_ids: ids } };
          const audit = entryOf(room, from, "messages_deleted", channel_id, noted);
          await removeTogether(room, { channel_id, ids, audit });
        }
        reply(success({}));
      }),
  },
};
