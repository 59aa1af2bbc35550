// Every word of the pages. Each language is one object of the same shape; nothing else has words.

import { languageAmong } from "./state/language.ts";
import { admin_words } from "./words/admin.ts";
import { conversation_words } from "./words/conversations.ts";
import { door_words } from "./words/door.ts";
import { notification_words } from "./words/notifications.ts";
import { people_words } from "./words/people.ts";
import { server_words } from "./words/server.ts";
import { settings_words } from "./words/settings.ts";
import { talk_words } from "./words/talk.ts";

const english = {
  close: "Close",
  cancel: "Cancel",
  save: "Save",
  done: "Done",
  saved: "Saved.",
  dismiss: "Dismiss",
  name: "Name",
  password: "Password",
  remove: "Remove",
  back: "Back",
  menu: "Menu",
  loading: "Loading",
  try_again: "Try again",
  load_more: "Show more",
  lost_title: "Nothing grows here",
  lost_text: "There is no such page, or it isn't yours to see.",
  to_start: "To the start",
  invites_to_watch: "invites you to watch",
  unread: (count: number) => (count === 1 ? "1 unread message" : `${count} unread messages`),
  mentions: (count: number) => (count === 1 ? "1 mention" : `${count} mentions`),
  statuses: { online: "Online", idle: "Away", dnd: "Do not disturb", offline: "Offline", invisible: "Invisible" },
  rail: {
    servers: "Servers",
    friends: "Friends",
    add: "Add a server",
    add_title: "Add a server",
    make_text: "A place for your people, with channels to talk in.",
    server_name: "Server name",
    create: "Create",
    join_title: "Have an invite?",
    invite: "Invite",
    invite_hint: "The link you were sent, or the code at its end.",
    join: "Join",
    requests: (count: number) => (count === 1 ? "1 friend request" : `${count} friend requests`),
    administration: "Administration",
  },
  side: {
    channels: "Channels",
    invite: "Invite people",
    invite_title: (name: string) => `Invite people to ${name}`,
    invite_text: "Whoever opens this link can come in. It is good for seven days.",
    joins_paused: "New members are kept out at the moment: nobody comes in before that ends.",
    invite_link: "Invite link",
    copy: "Copy",
    copied: "Copied.",
    server_settings: "Server settings",
    leave: "Leave server",
    leave_title: (name: string) => `Leave ${name}?`,
    leave_text: "You need an invite to come back.",
    add_channel: "Add a channel",
    channel_name: "Channel name",
    you: "You",
    settings: "Settings",
    log_out: "Log out",
    server_menu: "Server menu",
  },
  states: {
    connecting: "Connecting …",
    syncing: "Catching up …",
    offline: "No connection. What you write is kept and sent later.",
    again: "Try now",
  },
  door: door_words,
  talk: talk_words,
  people: people_words,
  conversations: conversation_words,
  notifications: notification_words,
  settings: settings_words,
  server: server_words,
  admin: admin_words,
};

type Words = typeof english;

/** Each by its tag, and what it calls itself. */
export const languages: Readonly<Record<string, { name: string; words: Words }>> = {
  en: { name: "English", words: english },
};

/** Another is taken when the pages are loaded anew. */
export const language = languageAmong(Object.keys(languages), "en");
export const words = languages[language]?.words ?? english;
