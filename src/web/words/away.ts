// The words of what a browser shows while nobody looks at the pages: apart from all others, since its worker has no more.

export const away_words = {
  title: "orchard",
  new_messages: (count: number) => (count === 1 ? "A new message" : `${count} new messages`),
  file: "sent a file",
  in_channel: (author: string, channel: string, place: string) => `${author} (#${channel}, ${place})`,
  in_group: (author: string, group: string) => `${author} (${group})`,
};
