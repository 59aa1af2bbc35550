CREATE TABLE `friendships` (
	`user_id` integer NOT NULL,
	`peer_id` integer NOT NULL,
	`state` text NOT NULL,
	`since` integer NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`user_id`, `peer_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`peer_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `friendships_user_id_seq` ON `friendships` (`user_id`,`seq`);--> statement-breakpoint
CREATE INDEX `friendships_peer_id` ON `friendships` (`peer_id`);--> statement-breakpoint
CREATE TABLE `logins` (
	`id` integer PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `logins_user_id` ON `logins` (`user_id`);--> statement-breakpoint
CREATE INDEX `logins_expires_at` ON `logins` (`expires_at`);--> statement-breakpoint
CREATE TABLE `settings` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`name_key` text,
	`email` text,
	`password_hash` text,
	`profile_pic` text,
	`bio` text,
	`status` text DEFAULT 'online' NOT NULL,
	`custom_status` text,
	`last_online` integer NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	`seq` integer DEFAULT 0 NOT NULL,
	`self_seq` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_name_key` ON `users` (`name_key`);