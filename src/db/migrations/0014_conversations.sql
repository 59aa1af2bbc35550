CREATE TABLE `conversation_members` (
	`conversation_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`state` text NOT NULL,
	`is_hidden` integer NOT NULL,
	`joined_at` integer NOT NULL,
	`added_by` integer NOT NULL,
	`refused` text NOT NULL,
	`requested_at` integer,
	`left_at` integer,
	`added_seq` integer NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`conversation_id`, `user_id`),
	FOREIGN KEY (`conversation_id`) REFERENCES `conversations`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `conversation_members_user_id_seq` ON `conversation_members` (`user_id`,`seq`);--> statement-breakpoint
CREATE INDEX `conversation_members_user_id` ON `conversation_members` (`user_id`,`is_hidden`,`state`) WHERE left_at is null;--> statement-breakpoint
CREATE INDEX `conversation_members_requested_at` ON `conversation_members` (`requested_at`) WHERE state = 'request';--> statement-breakpoint
CREATE INDEX `conversation_members_seq` ON `conversation_members` (`seq`);--> statement-breakpoint
CREATE INDEX `conversation_members_tombstones` ON `conversation_members` (`seq`) WHERE left_at is not null;--> statement-breakpoint
CREATE TABLE `conversations` (
	`id` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`channel_id` integer NOT NULL,
	`pair` text,
	`name` text,
	`image` text,
	`owner_id` integer,
	`created_at` integer NOT NULL,
	`seq` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `conversations_channel_id` ON `conversations` (`channel_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `conversations_pair` ON `conversations` (`pair`);--> statement-breakpoint
CREATE INDEX `conversations_seq` ON `conversations` (`seq`);--> statement-breakpoint
CREATE INDEX `conversations_deleted_at` ON `conversations` (`deleted_at`) WHERE deleted_at is not null;--> statement-breakpoint
ALTER TABLE `users` ADD `dms` text DEFAULT 'servers' NOT NULL;--> statement-breakpoint
-- A picture that an upload no longer is lets go of it; the job that shows one refers to it.
CREATE TRIGGER conversation_image_changed AFTER UPDATE OF image, deleted_at ON conversations
WHEN new.image IS NOT old.image OR new.deleted_at IS NOT old.deleted_at BEGIN
  DELETE FROM upload_references
  WHERE upload_id = CAST(substr(old.image, instr(old.image, '/api/v1/uploads/') + 16) AS INTEGER)
    AND kind = 'conversation' AND owner_id = old.id;
END;
