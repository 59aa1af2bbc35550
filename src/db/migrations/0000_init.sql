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
CREATE INDEX `friendships_seq` ON `friendships` (`seq`);--> statement-breakpoint
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
	`seq` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_name_key` ON `users` (`name_key`);--> statement-breakpoint
CREATE INDEX `users_seq` ON `users` (`seq`);--> statement-breakpoint
CREATE TABLE `bans` (
	`server_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`reason` text,
	`banned_by` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`server_id`, `user_id`),
	FOREIGN KEY (`server_id`) REFERENCES `servers`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `categories` (
	`id` integer PRIMARY KEY NOT NULL,
	`server_id` integer NOT NULL,
	`name` text NOT NULL,
	`position` integer NOT NULL,
	`overwrites` text NOT NULL,
	`seq` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`server_id`) REFERENCES `servers`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `categories_server_id_seq` ON `categories` (`server_id`,`seq`);--> statement-breakpoint
CREATE INDEX `categories_seq` ON `categories` (`seq`);--> statement-breakpoint
CREATE TABLE `channels` (
	`id` integer PRIMARY KEY NOT NULL,
	`server_id` integer NOT NULL,
	`category_id` integer,
	`name` text NOT NULL,
	`description` text,
	`position` integer NOT NULL,
	`overwrites` text NOT NULL,
	`seq` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`server_id`) REFERENCES `servers`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `channels_server_id_seq` ON `channels` (`server_id`,`seq`);--> statement-breakpoint
CREATE INDEX `channels_seq` ON `channels` (`seq`);--> statement-breakpoint
CREATE INDEX `channels_deleted_at` ON `channels` (`deleted_at`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE TABLE `invites` (
	`code` text PRIMARY KEY NOT NULL,
	`server_id` integer NOT NULL,
	`creator_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`max_uses` integer,
	`uses` integer NOT NULL,
	FOREIGN KEY (`server_id`) REFERENCES `servers`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `invites_server_id` ON `invites` (`server_id`);--> statement-breakpoint
CREATE TABLE `member_roles` (
	`server_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`role_id` integer NOT NULL,
	PRIMARY KEY(`server_id`, `user_id`, `role_id`)
);
--> statement-breakpoint
CREATE INDEX `member_roles_role_id_user_id` ON `member_roles` (`role_id`,`user_id`);--> statement-breakpoint
CREATE TABLE `members` (
	`server_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`nickname` text,
	`nickname_key` text,
	`joined_at` integer NOT NULL,
	`seq` integer NOT NULL,
	`self_seq` integer NOT NULL,
	`left_at` integer,
	PRIMARY KEY(`server_id`, `user_id`),
	FOREIGN KEY (`server_id`) REFERENCES `servers`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `members_server_id_seq` ON `members` (`server_id`,`seq`);--> statement-breakpoint
CREATE INDEX `members_user_id_self_seq` ON `members` (`user_id`,`self_seq`);--> statement-breakpoint
CREATE INDEX `members_seq` ON `members` (`seq`);--> statement-breakpoint
CREATE INDEX `members_self_seq` ON `members` (`self_seq`);--> statement-breakpoint
CREATE TABLE `mentions` (
	`user_id` integer NOT NULL,
	`channel_id` integer NOT NULL,
	`message_id` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_id`, `message_id`)
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`id` integer PRIMARY KEY NOT NULL,
	`channel_id` integer NOT NULL,
	`server_id` integer NOT NULL,
	`author_id` integer NOT NULL,
	`content` text NOT NULL,
	`search_text` text,
	`created_at` integer NOT NULL,
	`edited_at` integer,
	`reply_to` integer,
	`attachments` text NOT NULL,
	`mentions` text NOT NULL,
	`mentions_everyone` integer NOT NULL,
	`nonce` text,
	`seq` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE INDEX `messages_live` ON `messages` (`channel_id`,`id`,`author_id`) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX `messages_to_everyone` ON `messages` (`channel_id`,`id`,`author_id`) WHERE mentions_everyone = 1 and deleted_at is null;--> statement-breakpoint
CREATE INDEX `messages_channel_id_seq` ON `messages` (`channel_id`,`seq`);--> statement-breakpoint
CREATE INDEX `messages_seq` ON `messages` (`seq`) WHERE seq <> id;--> statement-breakpoint
CREATE UNIQUE INDEX `messages_nonce` ON `messages` (`author_id`,`channel_id`,`nonce`) WHERE nonce is not null;--> statement-breakpoint
CREATE TABLE `reactions` (
	`message_id` integer NOT NULL,
	`emoji` text NOT NULL,
	`user_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`message_id`, `emoji`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `read_states` (
	`user_id` integer NOT NULL,
	`channel_id` integer NOT NULL,
	`last_read_id` integer NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_id`)
);
--> statement-breakpoint
CREATE INDEX `read_states_user_id_seq` ON `read_states` (`user_id`,`seq`);--> statement-breakpoint
CREATE INDEX `read_states_seq` ON `read_states` (`seq`);--> statement-breakpoint
CREATE INDEX `read_states_channel_id` ON `read_states` (`channel_id`);--> statement-breakpoint
CREATE TABLE `roles` (
	`id` integer PRIMARY KEY NOT NULL,
	`server_id` integer NOT NULL,
	`name` text NOT NULL,
	`color` text,
	`rules` integer NOT NULL,
	`position` integer NOT NULL,
	`seq` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`server_id`) REFERENCES `servers`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `roles_server_id_seq` ON `roles` (`server_id`,`seq`);--> statement-breakpoint
CREATE INDEX `roles_seq` ON `roles` (`seq`);--> statement-breakpoint
CREATE TABLE `servers` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`image` text,
	`description` text,
	`owner_id` integer NOT NULL,
	`default_role_id` integer NOT NULL,
	`num_members` integer NOT NULL,
	`created_at` integer NOT NULL,
	`seq` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE INDEX `servers_owner_id` ON `servers` (`owner_id`) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX `servers_seq` ON `servers` (`seq`);--> statement-breakpoint
CREATE TABLE `upload_references` (
	`upload_id` integer NOT NULL,
	`kind` text NOT NULL,
	`owner_id` integer NOT NULL,
	PRIMARY KEY(`upload_id`, `kind`, `owner_id`)
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`id` integer PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`hash` text NOT NULL,
	`type` text NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`is_referenced` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `uploads_hash` ON `uploads` (`hash`);--> statement-breakpoint
CREATE INDEX `uploads_unreferenced` ON `uploads` (`created_at`) WHERE is_referenced = 0;