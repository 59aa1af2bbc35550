CREATE TABLE `message_sweeps` (
	`server_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`from_id` integer NOT NULL,
	`to_id` integer NOT NULL,
	PRIMARY KEY(`server_id`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `message_sweeps_to_id` ON `message_sweeps` (`to_id`);--> statement-breakpoint
ALTER TABLE `channels` ADD `slow_mode_s` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `timed_out_until` integer;--> statement-breakpoint
ALTER TABLE `messages` ADD `mention_roles` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `mentions_here` text;--> statement-breakpoint
ALTER TABLE `messages` ADD `pin_order` integer;--> statement-breakpoint
CREATE INDEX `messages_to_roles` ON `messages` (`channel_id`,`id`,`author_id`) WHERE mention_roles <> '[]' and deleted_at is null;--> statement-breakpoint
CREATE INDEX `messages_pinned` ON `messages` (`channel_id`,`pin_order`) WHERE pin_order is not null;--> statement-breakpoint
ALTER TABLE `servers` ADD `joins` text DEFAULT 'open' NOT NULL;--> statement-breakpoint
-- Who was there when a message mentioned them is in it, and is mentioned as long as it stands.
CREATE TRIGGER here_added AFTER INSERT ON messages WHEN new.mentions_here IS NOT NULL BEGIN
  INSERT OR IGNORE INTO mentions (user_id, channel_id, message_id)
  SELECT value, new.channel_id, new.id FROM json_each(new.mentions_here) WHERE value <> new.author_id;
END;
--> statement-breakpoint
CREATE TRIGGER here_changed AFTER UPDATE OF mentions_here ON messages
WHEN old.mentions_here IS NOT NULL AND new.mentions_here IS NOT old.mentions_here BEGIN
  DELETE FROM mentions WHERE user_id IN (SELECT value FROM json_each(old.mentions_here))
    AND user_id NOT IN (SELECT value FROM json_each(new.mentions))
    AND channel_id = old.channel_id AND message_id = old.id;
END;
--> statement-breakpoint
CREATE TRIGGER here_deleted AFTER DELETE ON messages WHEN old.mentions_here IS NOT NULL BEGIN
  DELETE FROM mentions WHERE user_id IN (SELECT value FROM json_each(old.mentions_here))
    AND channel_id = old.channel_id AND message_id = old.id;
END;
--> statement-breakpoint
-- Who was there stays mentioned when the text names them no more.
DROP TRIGGER mentions_changed;
--> statement-breakpoint
CREATE TRIGGER mentions_changed AFTER UPDATE OF mentions ON messages WHEN new.mentions <> old.mentions BEGIN
  DELETE FROM mentions WHERE user_id IN (SELECT value FROM json_each(old.mentions))
    AND user_id NOT IN (SELECT value FROM json_each(new.mentions_here))
    AND channel_id = old.channel_id AND message_id = old.id;
  INSERT OR IGNORE INTO mentions (user_id, channel_id, message_id)
  SELECT value, new.channel_id, new.id FROM json_each(new.mentions) WHERE value <> new.author_id;
END;
