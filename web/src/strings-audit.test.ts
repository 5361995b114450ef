import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { auditStrings } from './strings-audit.ts';

/* What the routes note by themselves: `.audit = "git.push"`; and in words for people: `.noted = "key.new"`. */
function noted(): string[] {
	const folder = new URL('../../fcgi/', import.meta.url);
	const routes = readdirSync(folder).filter((name) => /^routes.*\.c$/.test(name));
	const text = routes.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
	const found = [...text.matchAll(/\.(?:audit|noted) =\s*"([^"]+)"/g)].flatMap(([, acts]) => acts!.split(' '));
	return [...new Set(found)].sort();
}

test('each act that the server notes has words of its own, and stands in a group', () => {
	const acts = noted();
	assert.ok(acts.length > 40, `${acts.length} acts`);
	assert.deepEqual(acts.filter((act) => !auditStrings.actions[act]), []);
	const alone = ['setup', 'user'];
	const groups = acts.map((act) => act.split('.')[0]!);
	assert.deepEqual(groups.filter((group) => !auditStrings.groups[group] && !alone.includes(group)), []);
});
