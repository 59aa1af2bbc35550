CREATE TABLE `account_removals` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`messages` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `upload_usage` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reports` (
	`id` integer PRIMARY KEY NOT NULL,
	`reporter_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`message_id` integer DEFAULT 0 NOT NULL,
	`server_id` integer,
	`channel_id` integer,
	`reason` text NOT NULL,
	`evidence` text NOT NULL,
	`created_at` integer NOT NULL,
	`closed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reports_once` ON `reports` (`reporter_id`,`user_id`,`message_id`);--> statement-breakpoint
CREATE INDEX `reports_server_id` ON `reports` (`server_id`,`id`) WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX `reports_open` ON `reports` (`id`) WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX `reports_closed_at` ON `reports` (`closed_at`) WHERE closed_at is not null;--> statement-breakpoint
DROP INDEX `uploads_user_id`;--> statement-breakpoint
CREATE INDEX `uploads_user_id` ON `uploads` (`user_id`,`id`);--> statement-breakpoint
ALTER TABLE `servers` ADD `locked_at` integer;--> statement-breakpoint
INSERT INTO `upload_usage` (`user_id`, `bytes`) SELECT `user_id`, sum(`bytes`) FROM `uploads` GROUP BY `user_id`;
--> statement-breakpoint
CREATE TRIGGER upload_counted AFTER INSERT ON uploads BEGIN
  INSERT INTO upload_usage (user_id, bytes) VALUES (new.user_id, new.bytes)
  ON CONFLICT (user_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
--> statement-breakpoint
CREATE TRIGGER upload_discounted AFTER DELETE ON uploads BEGIN
  UPDATE upload_usage SET bytes = bytes - old.bytes WHERE user_id = old.user_id;
END;
