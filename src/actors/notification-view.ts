// How what somebody wants to be told of looks on the wire: in the list, and in the event of their own topic.

import type { NotificationSetting } from "../domain/notifications.ts";
import type * as wire from "../protocol/community/notifications.ts";

export function notificationView({
  kind,
  target_id,
  level,
  muted_until,
}: NotificationSetting): wire.NotificationSetting {
  const until = muted_until === null ? null : new Date(muted_until).toISOString();
  return { [`${kind}_id`]: target_id, level, muted_until: until };
}
