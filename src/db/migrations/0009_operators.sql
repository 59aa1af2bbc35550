CREATE TABLE `operation_entries` (
	`id` integer PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`door` text NOT NULL,
	`actor_id` integer,
	`user_id` integer,
	`details` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `operation_entries_type` ON `operation_entries` (`type`,`id`);--> statement-breakpoint
CREATE INDEX `operation_entries_actor_id` ON `operation_entries` (`actor_id`,`id`);--> statement-breakpoint
CREATE INDEX `operation_entries_user_id` ON `operation_entries` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `operation_entries_created_at` ON `operation_entries` (`created_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `admin_since` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `suspended_at` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `suspended_until` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `suspended_reason` text;--> statement-breakpoint
CREATE INDEX `users_admin_since` ON `users` (`admin_since`) WHERE admin_since is not null;--> statement-breakpoint
CREATE INDEX `users_suspended_at` ON `users` (`suspended_at`) WHERE suspended_at is not null;--> statement-breakpoint
CREATE INDEX `uploads_user_id` ON `uploads` (`user_id`,`bytes`);