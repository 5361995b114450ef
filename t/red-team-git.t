#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What somebody who runs in a session of the profile project tries so that the person's own
 * git, in a terminal that nothing isolates, runs something for them: by settings and hooks of
 * repositories, and by all that says where these are. Each way is open without isolation, which
 * shows that it is one. What stays possible is listed here, and in doc/decisions.md.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync,
	writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, run, serve } from "./lib/dispatch.mjs";
import { gitEnv } from "./lib/git.mjs";
import { isolates } from "./lib/isolation.mjs";
import { cleanup, done, equal, match, note, ok, skipAll, test, until } from "./lib/tap.mjs";

if (!isolates())
	await skipAll("the kernel refuses user namespaces");

/* Not in /tmp, which everybody may write. */
const home = mkdtempSync(join(build, "red-git-"));
cleanup(() => rmSync(home, { recursive: true, force: true }));
/* In the place of Claude: what a session of that kind is told to try. */
const claude = join(home, "claude");
writeFileSync(claude, '#!/bin/sh\nexec sh -c "$TRY"\n');
chmodSync(claude, 0o755);
const d = await serve({ env: { HOME: home }, args: ["--set", `claude.program=${claude}`] });
const client = d.client();

const gitOf = { ...gitEnv, HOME: home, GIT_CONFIG_COUNT: "1",
	GIT_CONFIG_KEY_0: "protocol.file.allow", GIT_CONFIG_VALUE_0: "always" };

/** The person's own git, isolated by nothing. */
function git(cwd, ...words) {
	const { code, out, err } = run(["git", "-C", cwd, ...words], { env: gitOf });
	ok(code === 0, `git ${words.join(" ")}`, err);
	return out.trim();
}

/* Settings, for any reading command, that make a mark. */
const plant = "plant() { git config -f \"$1/config\" core.fsmonitor \"touch $MARK; false\"; }\n";

/** Runs a script in a session, and returns what it said. */
async function session(isolation, cwd, script, { directories, mark = "/nowhere" } = {}) {
	await client.post("api/workspaces", { path: cwd });
	const env = { ...gitOf, MARK: mark };
	const { id } = directories
		? await client.create(null, { kind: "claude", cwd, env: { ...env, TRY: plant + script },
			options: { isolation, directories } })
		: await client.create(["sh", "-c", plant + script], { cwd, env, options: { isolation } });
	await until("it is through", async () =>
		["exited", "failed"].includes((await client.session(id)).status));
	return (await client.output(id)).toString().replaceAll("\r", "");
}

let count = 0;

/**
 * A place of the person's, new each time: `main`, a repository with the submodule `sub`, `side`, a
 * work tree of it, and `library`, what the submodule was cloned from.
 */
function place() {
	const top = join(home, `place-${count++}`);
	const at = Object.fromEntries(["main", "side", "library"].map(name => [name, join(top, name)]));
	for (const name of ["library", "main"]) {
		mkdirSync(at[name], { recursive: true });
		git(at[name], "init", "-q", "-b", "main");
		git(at[name], "commit", "-q", "--allow-empty", "-m", name);
	}
	git(at.main, "submodule", "--quiet", "add", at.library, "sub");
	git(at.main, "commit", "-q", "-m", "sub");
	git(at.main, "worktree", "add", "-q", at.side);
	return { ...at, top, mark: join(top, "mark") };
}

/* .git is a link, in two steps. */
function linked(at) {
	mkdirSync(join(at.main, "store"));
	renameSync(join(at.main, ".git"), join(at.main, "store/git"));
	symlinkSync("store", join(at.main, "way"));
	symlinkSync("way/git", join(at.main, ".git"));
	rmSync(join(at.main, "sub"), { recursive: true });
}

/*
 * A way: what the person has, where the session runs (main) and what it does; and what the
 * person does then (git status in main).
 */
const ways = {
	"replace a .git that is a link": { has: linked,
		tries: "cp -r store/git evil; plant evil; ln -sfn evil .git" },
	"replace a link that .git leads over": { has: linked,
		tries: "cp -r store evil; plant evil/git; ln -sfn evil way" },
	"replace a directory that .git leads over": { has: linked,
		tries: "mv store aside; cp -r aside store; plant store/git" },
	"change the settings of a submodule": { tries: "plant .git/modules/sub" },
	"change the settings of one of very many submodules": {
		has: at => {
			for (let i = 0; i < 200; i++) {
				mkdirSync(join(at.main, `.git/modules/more/${i}`), { recursive: true });
				writeFileSync(join(at.main, `.git/modules/more/${i}/HEAD`), "");
				writeFileSync(join(at.main, `.git/modules/more/${i}/config`), "");
			}
		},
		tries: "plant .git/modules/sub" },
	"give a submodule a hook": {
		tries: 'printf "#!/bin/sh\\ntouch $MARK\\n" >.git/modules/sub/hooks/pre-commit; ' +
			"chmod +x .git/modules/sub/hooks/pre-commit",
		then: at => git(join(at.main, "sub"), "commit", "--allow-empty", "-m", "x") },
	"exchange the repository of a submodule": {
		tries: "mv .git/modules/sub aside; cp -r aside .git/modules/sub; plant .git/modules/sub" },
	"exchange all repositories of submodules": {
		tries: "mv .git/modules aside; cp -r aside .git/modules; plant .git/modules/sub" },
	"tell a work tree elsewhere that its settings are elsewhere": {
		tries: "cp -r .git evil; plant evil; echo $PWD/evil >.git/worktrees/side/commondir",
		then: at => git(at.side, "status") },
	"exchange what belongs to a work tree elsewhere": {
		tries: "cp -r .git evil; plant evil; cd .git; mv worktrees aside; cp -r aside worktrees; " +
			"echo $PWD/../evil >worktrees/side/commondir",
		then: at => git(at.side, "status") },
	"give a work tree elsewhere settings of its own": {
		has: at => git(at.main, "config", "extensions.worktreeConfig", "true"),
		tries: 'git config -f .git/worktrees/side/config.worktree core.fsmonitor "touch $MARK"',
		then: at => git(at.side, "status") },
	"change the settings of a submodule in a work tree elsewhere": {
		has: at => git(at.side, "submodule", "--quiet", "update", "--init"),
		tries: "plant .git/worktrees/side/modules/sub",
		then: at => git(at.side, "status") },
	"give a repository settings for its first work tree": {
		has: at => git(at.main, "config", "extensions.worktreeConfig", "true"),
		tries: 'git config -f .git/config.worktree core.fsmonitor "touch $MARK"' },
	"tell, from a work tree, its repository that its settings are elsewhere": {
		runs: at => at.side,
		tries: "cp -r ../main/.git evil; plant evil; echo $PWD/evil >../main/.git/commondir" },
	"change, from a work tree, the settings of its repository's submodule": {
		runs: at => at.side, tries: "plant ../main/.git/modules/sub" },
	"lay, in a work tree, a repository ready for a submodule to come": {
		has: at => {
			git(at.main, "submodule", "--quiet", "deinit", "-f", "sub");
			rmSync(join(at.main, ".git/modules"), { recursive: true });
		},
		runs: at => at.side,
		tries: "mkdir ../main/.git/modules; git clone -q --bare ../library evil; plant evil; " +
			"git -C evil config core.bare false; cp -r evil ../main/.git/modules/sub",
		then: at => {
			git(at.main, "submodule", "--quiet", "update", "--init");
			git(at.main, "status");
		} },
	"change the settings of a repository in a folder that was added": {
		runs: at => at.side, directories: at => [at.library],
		tries: "plant ../library/.git", then: at => git(at.library, "status") },
};

/* Who may make files may make a repository. */
const possible = {
	"make a repository where there was none": {
		has: at => rmSync(join(at.main, ".git"), { recursive: true }),
		tries: "git init -q; plant .git" },
	"make a repository further down, and name it in the index as a submodule": {
		tries: "git init -q new; git -C new commit -q --allow-empty -m x; plant new/.git; " +
			"git update-index --add --cacheinfo 160000,$(git -C new rev-parse HEAD),new" },
	"change a repository further down": {
		has: at => git(at.main, "init", "-q", "inner"),
		tries: "plant inner/.git", then: at => git(join(at.main, "inner"), "status") },
	"tell a repository that its settings are elsewhere": {
		tries: "cp -r .git evil; plant evil; echo ../evil >.git/commondir" },
	"tell a submodule that its settings are elsewhere": {
		tries: "cp -r .git/modules/sub evil; plant evil; git config -f evil/config core.worktree " +
			"$PWD/sub; echo $PWD/evil >.git/modules/sub/commondir" },
	"leave a rebase that runs a command when it is continued": {
		has: at => git(at.main, "commit", "--allow-empty", "-q", "-m", "x"),
		tries: 'GIT_SEQUENCE_EDITOR="sed -i \'1i break\\nexec touch $MARK\'" ' +
			"git rebase -i HEAD~1",
		then: at => git(at.main, "rebase", "--continue") },
};

/** Whether something ran outside that was named inside. */
async function isOpen(isolation, { has, runs, directories, tries, then }) {
	const at = place();
	has?.(at);
	const text = await session(isolation, runs?.(at) ?? at.main, tries,
		{ directories: directories?.(at), mark: at.mark });
	ok(!existsSync(at.mark), "nothing has run yet", text);
	try {
		(then ?? (({ main }) => git(main, "status")))(at);
	} catch (why) {
		note(why.message); /* what was destroyed runs nothing */
	}
	return existsSync(at.mark);
}

for (const [name, way] of Object.entries(ways)) {
	await test(`without isolation: ${name}: possible`, async () =>
		ok(await isOpen("none", way), "it is a way"));
	await test(`project: ${name}: nothing runs outside`, async () =>
		ok(!await isOpen("project", way), "it was open"));
}

for (const [name, way] of Object.entries(possible))
	await test(`project: ${name}: possible, as with whatever a session writes`, async () =>
		ok(await isOpen("project", way), "it is closed, so say so"));

const work = `exec 2>&1; set -ex
echo x >file; git add file; git commit -qm one
git checkout -qb topic HEAD~1; git commit -q --allow-empty -m two; git rebase -q $BRANCH
git branch -qD extra; git stash list; echo y >file; git stash -q; git stash pop -q
git fetch -q origin; git gc -q
git worktree add -q new; git -C new commit -q --allow-empty -m three
git worktree list; git worktree remove new; git branch -qD new
git submodule update --init; git -C sub commit -q --allow-empty -m four
git status; echo all is well`;

for (const where of ["main", "side"])
	await test(`project: git works as ever in ${where === "main" ? "a repository" : "a work tree"}`,
		async () => {
			const at = place();
			git(at.main, "remote", "add", "origin", at.library);
			git(at.main, "branch", "extra");
			git(at.main, "submodule", "--quiet", "deinit", "-f", "sub");
			rmSync(join(at.main, ".git/modules"), { recursive: true });
			git(at.main, "submodule", "--quiet", "init");
			const script = work.replace("$BRANCH", where);
			match(await session("project", at[where], script), /all is well/);
			match(await session("project", at[where], "git status; git commit --allow-empty " +
				"-m again && git -C sub commit --allow-empty -m again && echo and again"),
			/and again/);
			equal(git(at[where], "fsck", "--no-dangling"), "", "the repository is sound");
			git(at[where], "submodule", "status");
			git(at[where], "worktree", "list");
		});

await done();
