// What one is told of a server, a channel or a conversation, and its silence for a while.

import { useId, useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { attempt } from "../state/notices.ts";
import {
  chooseLevel,
  ENDLESS_MS,
  type Level,
  mute,
  mutedUntil,
  settingOf,
  type Target,
} from "../state/notifications.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";

const text = words.notifications;
const levels = Object.entries(text.levels) as [Level, string][];

export interface NotificationDialogProps {
  target: Target;
  name: string;
  onClose(): void;
}

export function NotificationDialog({ target, name, onClose }: NotificationDialogProps) {
  const level = settingOf(target)?.level ?? null;
  const kind = target.server_id ? "server" : target.channel_id ? "channel" : "conversation";
  // Once something was chosen there is no way back to having chosen nothing.
  const options = level ? levels : [["default", text.defaults[kind]] as const, ...levels];
  return (
    <Dialog title={text.title(name)} onClose={onClose}>
      <div class="form">
        <SelectField<Level | "default">
          label={text.level}
          value={level ?? "default"}
          options={options}
          onChoose={(chosen) => chosen !== "default" && void attempt(chooseLevel(target, chosen))}
        />
        <Muting target={target} />
      </div>
    </Dialog>
  );
}

function Muting({ target }: { target: Target }) {
  const [duration_ms, setDuration] = useState(text.mute_for[0]?.[0] ?? 0);
  const until = mutedUntil(target);
  const id = useId();
  if (until !== null) {
    const has_end = until - Date.now() < ENDLESS_MS;
    return (
      <div class="row spread">
        <p role="status">{has_end ? text.muted_until(shortTime(new Date(until).toISOString())) : text.muted}</p>
        <button type="button" class="button" onClick={() => void attempt(mute(target, 0))}>
          {text.unmute}
        </button>
      </div>
    );
  }
  return (
    <div class="field">
      <div class="row choice">
        <SelectField<number> label={text.mute} value={duration_ms} options={text.mute_for} onChoose={setDuration} />
        <button
          type="button"
          class="button"
          aria-describedby={id}
          onClick={() => void attempt(mute(target, duration_ms))}
        >
          {text.mute}
        </button>
      </div>
      <p class="hint" id={id}>
        {text.mute_text}
      </p>
    </div>
  );
}
