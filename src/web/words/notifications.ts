// The words of what one is told of.

export const notification_words = {
  title: (name: string) => `Notifications: ${name}`,
  open: "Notifications",
  level: "Tell me while I am away",
  levels: { all: "of every message", mentions: "of what mentions me", none: "of nothing" },
  defaults: {
    server: "of what mentions me, as is usual",
    channel: "as the server has it",
    conversation: "of every message, as is usual",
  },
  mute: "Mute",
  mute_text: "What is muted isn't marked as unread, and tells nothing.",
  mute_for: [
    [60 * 60 * 1_000, "for an hour"],
    [8 * 60 * 60 * 1_000, "for eight hours"],
    [24 * 60 * 60 * 1_000, "for a day"],
    [7 * 24 * 60 * 60 * 1_000, "for a week"],
    [100 * 365 * 24 * 60 * 60 * 1_000, "until I say otherwise"],
  ] as readonly (readonly [duration_ms: number, text: string])[],
  muted_until: (when: string) => `Muted until ${when}.`,
  muted: "Muted.",
  unmute: "Unmute",
  is_muted: "muted",
};
