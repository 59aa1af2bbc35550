// All that a room answers, by the type of the message.

import type { RoomHandlers } from "../handler.ts";
import { auditHandlers } from "./audit.ts";
import { banHandlers } from "./bans.ts";
import { categoryHandlers } from "./categories.ts";
import { channelHandlers } from "./channels.ts";
import { inviteHandlers } from "./invites.ts";
import { memberHandlers } from "./members.ts";
import { messageHandlers } from "./messages.ts";
import { reportHandlers } from "./reports.ts";
import { roleHandlers } from "./roles.ts";
import { serverHandlers } from "./servers.ts";

export const roomHandlers: RoomHandlers = {
  ...serverHandlers,
  ...inviteHandlers,
  ...channelHandlers,
  ...categoryHandlers,
  ...roleHandlers,
  ...memberHandlers,
  ...banHandlers,
  ...auditHandlers,
  ...reportHandlers,
  ...messageHandlers,
};
