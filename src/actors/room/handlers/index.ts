// All that a room answers, by the type of the message.

import { takeInLater } from "../change.ts";
import type { RoomHandlers, RoomNature } from "../handler.ts";
import { auditHandlers } from "./audit.ts";
import { banHandlers } from "./bans.ts";
import { botHandlers } from "./bots.ts";
import { categoryHandlers } from "./categories.ts";
import { channelMoveHandlers } from "./channel-moves.ts";
import { channelHandlers } from "./channels.ts";
import { deletionHandlers } from "./deletions.ts";
import { inviteHandlers } from "./invites.ts";
import { memberHandlers } from "./members.ts";
import { messageHandlers } from "./messages.ts";
import { pinHandlers } from "./pins.ts";
import { reportHandlers } from "./reports.ts";
import { roleHandlers } from "./roles.ts";
import { serverHandlers } from "./servers.ts";
import { webhookHandlers } from "./webhooks.ts";

export const roomHandlers: RoomHandlers = {
  ...serverHandlers,
  ...inviteHandlers,
  ...channelHandlers,
  ...channelMoveHandlers,
  ...categoryHandlers,
  ...roleHandlers,
  ...memberHandlers,
  ...banHandlers,
  ...botHandlers,
  ...auditHandlers,
  ...reportHandlers,
  ...webhookHandlers,
  ...messageHandlers,
  ...deletionHandlers,
  ...pinHandlers,
};

export const ofServers: RoomNature = {
  // A conversation's requests lead to no server.
  handlers: roomHandlers as unknown as RoomNature["handlers"],
  is_server: true,
  said: (message) => message,
  worded: (answers) => answers,
  takeInDepartures: takeInLater,
};
