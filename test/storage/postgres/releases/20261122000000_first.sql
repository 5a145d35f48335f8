SELECT pg_catalog.set_config('search_path', '', false);
CREATE TYPE public.change_action AS ENUM (
    'create',
    'edit',
    'revoke',
    'expire'
);
CREATE TYPE public.token_type AS ENUM (
    'session',
    'user',
    'notebook',
    'internal',
    'service',
    'oidc'
);
CREATE TABLE public._prisma_migrations (
    id character varying(36) NOT NULL,
    checksum character varying(64) NOT NULL,
    finished_at timestamp with time zone,
    migration_name character varying(255) NOT NULL,
    logs text,
    rolled_back_at timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_steps_count integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.account (
    username text NOT NULL,
    password_hash text NOT NULL,
    name text,
    email text,
    uid integer NOT NULL,
    gid integer NOT NULL,
    disabled timestamp(0) with time zone,
    created timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.local_group (
    name text NOT NULL,
    gid integer NOT NULL
);
CREATE TABLE public.local_group_member (
    username text NOT NULL,
    group_name text NOT NULL
);
CREATE TABLE public.token (
    key text NOT NULL,
    secret_hash bytea NOT NULL,
    type public.token_type NOT NULL,
    username text NOT NULL,
    name text,
    scopes text[],
    created timestamp(0) with time zone NOT NULL,
    expires timestamp(0) with time zone,
    last_used timestamp(0) with time zone,
    last_used_address inet,
    last_used_client text
);
CREATE TABLE public.token_change (
    id bigint NOT NULL,
    token text NOT NULL,
    username text NOT NULL,
    token_type public.token_type NOT NULL,
    token_name text,
    parent text,
    scopes text[],
    service text,
    expires timestamp(0) with time zone,
    actor text NOT NULL,
    action public.change_action NOT NULL,
    old jsonb,
    address inet,
    at timestamp(0) with time zone NOT NULL
);
CREATE SEQUENCE public.token_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.token_change_id_seq OWNED BY public.token_change.id;
ALTER TABLE ONLY public.token_change ALTER COLUMN id SET DEFAULT nextval('public.token_change_id_seq'::regclass);
INSERT INTO public._prisma_migrations VALUES ('cdd62d21-7e67-47e3-b654-7bf45784b3ba', '0457970fbaeaef9c97a06574d3eff4b84ae8b9a053229a1ffa1ea2fcc40cfe1b', '2026-11-26 20:46:59.93185+00', '20261122000000_first', NULL, NULL, '2026-11-26 20:46:59.93185+00', 1);
INSERT INTO public.account VALUES ('ada', '$argon2id$v=19$m=19456,t=2,p=1$JhlMhtSyMVy13/kHDLKSlg$pPgLbRHWHIULlym7EQn/U8e794DWpl/5ktx2sZ1RbRI', 'Ada Lovelace', 'ada@example.org', 4001, 4001, NULL, '2026-11-20 00:00:00+00');
INSERT INTO public.account VALUES ('grace', '$argon2id$v=19$m=19456,t=2,p=1$JhlMhtSyMVy13/kHDLKSlg$pPgLbRHWHIULlym7EQn/U8e794DWpl/5ktx2sZ1RbRI', NULL, NULL, 4002, 4002, '2026-11-21 00:00:00+00', '2026-11-20 00:00:00+00');
INSERT INTO public.local_group VALUES ('users', 5001);
INSERT INTO public.local_group VALUES ('admins', 5002);
INSERT INTO public.local_group_member VALUES ('ada', 'users');
INSERT INTO public.local_group_member VALUES ('ada', 'admins');
INSERT INTO public.local_group_member VALUES ('grace', 'users');
INSERT INTO public.token VALUES ('AQEBAQEBAQEBAQEBEhQa3Q', '\xa229eba904bf04d350edb0de3d78df13ddc61b4d65b774f3fb82e03fe928405a', 'user', 'ada', 'laptop', '{read:tap,user:token}', '2026-11-20 00:00:00+00', NULL, '2026-11-21 00:00:00+00', '192.0.2.7', NULL);
INSERT INTO public.token VALUES ('AgICAgICAgICAgICHVuZLg', '\xa3ce5a391bd4683308bb2d5247855a47bf636b61d756f7b7afb9d5a0b6048736', 'user', 'ada', 'expired', '{read:tap}', '2026-11-20 00:00:00+00', '2026-11-21 00:00:00+00', NULL, NULL, NULL);
INSERT INTO public.token_change VALUES (1, 'AQEBAQEBAQEBAQEBEhQa3Q', 'ada', 'user', 'laptop', NULL, '{read:tap}', NULL, NULL, 'ada', 'create', NULL, '192.0.2.7', '2026-11-20 00:00:00+00');
INSERT INTO public.token_change VALUES (2, 'AQEBAQEBAQEBAQEBEhQa3Q', 'ada', 'user', 'laptop', NULL, '{read:tap,user:token}', NULL, NULL, 'ada', 'edit', '{"scopes": ["read:tap"]}', '192.0.2.7', '2026-11-21 00:00:00+00');
INSERT INTO public.token_change VALUES (3, 'AwMDAwMDAwMDAwMDdRl3PQ', 'ada', 'user', 'lost', NULL, '{read:tap}', NULL, NULL, 'ada', 'create', NULL, '2001:db8::7', '2026-11-20 00:00:00+00');
INSERT INTO public.token_change VALUES (4, 'AwMDAwMDAwMDAwMDdRl3PQ', 'ada', 'user', 'lost', NULL, '{read:tap}', NULL, NULL, 'ada', 'revoke', NULL, '2001:db8::7', '2026-11-21 00:00:00+00');
INSERT INTO public.token_change VALUES (5, 'BAQEBAQEBAQEBAQELB1V2h', 'ada', 'session', NULL, NULL, '{read:tap}', NULL, '2099-01-01 00:00:00+00', 'ada', 'revoke', NULL, '192.0.2.7', '2026-11-21 00:00:00+00');
SELECT pg_catalog.setval('public.token_change_id_seq', 5, true);
ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_pkey PRIMARY KEY (username, group_name);
ALTER TABLE ONLY public.local_group
    ADD CONSTRAINT local_group_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.token_change
    ADD CONSTRAINT token_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.token
    ADD CONSTRAINT token_pkey PRIMARY KEY (key);
CREATE UNIQUE INDEX account_uid_key ON public.account USING btree (uid);
CREATE UNIQUE INDEX local_group_gid_key ON public.local_group USING btree (gid);
CREATE INDEX local_group_member_group_name_idx ON public.local_group_member USING btree (group_name);
CREATE INDEX token_change_at_id_idx ON public.token_change USING btree (at, id);
CREATE INDEX token_change_token_at_id_idx ON public.token_change USING btree (token, at, id);
CREATE INDEX token_change_username_at_id_idx ON public.token_change USING btree (username, at, id);
CREATE INDEX token_expires_idx ON public.token USING btree (expires);
CREATE UNIQUE INDEX token_username_name_key ON public.token USING btree (username, name);
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_group_name_fkey FOREIGN KEY (group_name) REFERENCES public.local_group(name) ON UPDATE CASCADE ON DELETE RESTRICT;
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_username_fkey FOREIGN KEY (username) REFERENCES public.account(username) ON UPDATE CASCADE ON DELETE CASCADE;
