/* lib/os_cgroup: what the kernel's texts mean, and what is written for which limit. What
 * a tree does is in t/limits.t. */
#include "config.h"

#include "lib/os_cgroup.h"
#include "lib/os_mounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void
own_group_is_the_one_of_version_2(void **state)
{
	static const struct {
		const char *text, *path;
	} cases[] = {
		{"0::/\n", "/"},
		{"0::/user.slice/a b.service\n", "/user.slice/a b.service"},
		{"9:name=systemd:/x\n1:cpu:/y\n0::/z\n", "/z"},
		{"0::/z", "/z"},
		{"10::/not\n4:memory:/x\n", NULL},
		{"4:memory:/0::/x\n", NULL},
		{"0::/gone (deleted)\n", NULL},
		{"0::\n", NULL},
		{"", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *path = os_cgroup_own(cases[i].text);
		if (cases[i].path)
			assert_string_equal(path, cases[i].path);
		else
			assert_null(path);
		free(path);
	}
}

static void
mounts_of_version_2_are_found_wherever_they_are(void **state)
{
	static const struct {
		const char *line, *path, *root;
	} cases[] = {
		{"31 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 "
		 "rw,nsdelegate\n",
			"/sys/fs/cgroup", "/"},
		{"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"/sys/fs/cgroup/unified", "/"},
		{"7 1 0:26 /a\\040b /mnt/c\\011d rw - cgroup2 none rw", "/mnt/c\td",
			"/a b"},
		{"32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", NULL,
			NULL},
		{"32 31 0:29 / /cgroup2 rw - tmpfs cgroup2 rw\n", NULL, NULL},
		{"32 31 0:29 / /c rw - cgroup2x cgroup2 rw\n", NULL, NULL},
		{"32 31 - cgroup2 cgroup2 rw\n", NULL, NULL},
		{"", NULL, NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *path = NULL, *root = NULL;
		bool found = os_mount_read(cases[i].line, "cgroup2", &path, &root);
		assert_int_equal(found, cases[i].path != NULL);
		if (!found)
			continue;
		assert_string_equal(path, cases[i].path);
		assert_string_equal(root, cases[i].root);
		free(path);
		free(root);
	}
}

static void
controllers_are_whole_words(void **state)
{
	(void)state;
	assert_int_equal(os_cgroup_controllers("cpuset cpu io memory hugetlb pids\n"),
		OS_CGROUP_CPU | OS_CGROUP_MEMORY | OS_CGROUP_PIDS);
	assert_int_equal(os_cgroup_controllers("cpuset io\n"), 0);
	assert_int_equal(os_cgroup_controllers("pids"), OS_CGROUP_PIDS);
	assert_int_equal(os_cgroup_controllers("\n"), 0);
}

static void
expect(const struct os_cgroup_limits *limits, const char *const texts[OS_CGROUP_WRITES])
{
	struct os_cgroup_write writes[OS_CGROUP_WRITES];
	os_cgroup_writes(limits, writes);
	for (size_t i = 0; i < OS_CGROUP_WRITES; i++)
		assert_string_equal(writes[i].text, texts[i]);
}

static void
limits_are_written_as_the_kernel_reads_them(void **state)
{
	struct os_cgroup_write writes[OS_CGROUP_WRITES];
	const struct os_cgroup_limits none = {0},
				      some = {.memory = 1 << 20,
					      .cpu = 150,
					      .processes = 7},
				      most = {.memory = INT64_MAX,
					      .cpu = 1000000,
					      .processes = 4194304};
	(void)state;
	os_cgroup_writes(&none, writes);
	assert_string_equal(writes[0].file, "memory.max");
	assert_string_equal(writes[1].file, "memory.swap.max");
	assert_true(writes[1].optional);
	assert_string_equal(writes[2].file, "pids.max");
	assert_string_equal(writes[3].file, "cpu.max");
	expect(&none, (const char *const[]){"max", "max", "max", "max 100000"});
	expect(&some, (const char *const[]){"1048576", "0", "7", "150000 100000"});
	expect(&most,
		(const char *const[]){"9223372036854775807", "0", "4194304",
			"1000000000 100000"});
}

/* Any directory will do for what only reads and writes files. */
static void
what_cannot_be_limited_is_refused_and_named(void **state)
{
	char tree[] = "/tmp/cgroup-XXXXXX";
	const struct os_cgroup_limits memory = {.memory = 1}, cpu = {.cpu = 1},
				      processes = {.processes = 1};
	struct err e = {0};
	(void)state;
	struct os_cgroup cgroup = {.tree = mkdtemp(tree)};
	assert_non_null(cgroup.tree);
	assert_int_equal(os_cgroup_limit(&cgroup, "a", &memory, &e), -1);
	assert_string_equal(e.code, "session.limits_unavailable");
	assert_non_null(strstr(e.text, "no controller memory"));
	assert_int_equal(os_cgroup_limit(&cgroup, "a", &cpu, &e), -1);
	assert_non_null(strstr(e.text, "no controller cpu"));
	assert_false(os_cgroup_exists(&cgroup, "a"));
	assert_int_equal(os_cgroup_limit(&cgroup, "a", &processes, &e), 0);
	assert_true(os_cgroup_exists(&cgroup, "a"));
	assert_int_equal(os_cgroup_killed(&cgroup, "a"), 0);
	assert_true(os_cgroup_remove(&cgroup, "a"));
	assert_false(os_cgroup_remove(&cgroup, "a"));
	rmdir(tree);
}

static void
what_is_no_control_group_is_no_tree(void **state)
{
	static const char *const names[] = {"/", "/proc", "/nowhere/at/all"};
	struct os_cgroup cgroup;
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct err e = {0};
		assert_int_equal(os_cgroup_find(&cgroup, names[i], &e), -1);
		assert_string_equal(e.code, "session.limits_unavailable");
		assert_null(cgroup.tree);
	}
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(own_group_is_the_one_of_version_2),
		TEST(mounts_of_version_2_are_found_wherever_they_are),
		TEST(controllers_are_whole_words),
		TEST(limits_are_written_as_the_kernel_reads_them),
		TEST(what_cannot_be_limited_is_refused_and_named),
		TEST(what_is_no_control_group_is_no_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
