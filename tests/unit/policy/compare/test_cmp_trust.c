/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmp_trust.c - tests of policy/compare/trust.c and the verdict: "conforms" only when nothing
 * can have been missed
 */
#include "tests/unit/policy/compare/story.h"

#include "tcbox/own.h"

static void a_clean_run_conforms(void **state)
{
	(void)state;
	begin("");
	end();
	assert_verdict(FND_CONFORMS);
	assert_true(story.r->canary.calls && story.r->canary.packets && story.r->canary.lab);
	assert_int_equal(story.r->nfindings, 0);
	assert_int_equal(story.r->totals.flows, 0);
	assert_int_equal(story.r->totals.lookups, 0);
	assert_int_equal(story.r->totals.processes, 1);
}

static void without_a_policy_nothing_is_decided(void **state)
{
	(void)state;
	begin(NULL);
	end();
	assert_verdict(FND_INCONCLUSIVE);
}

/* Each of these alone must keep a clean run from conforming. */
static void lose(int how)
{
	begin("");
	switch (how) {
	case 0:
		story.run.state = RUN_RUNNING;
		break;
	case 1:
		story.run.state = RUN_FAILED;
		break;
	case 2:
		story.run.exited = false;
		break;
	case 3:
		story.run.exit_signal = 11;
		break;
	case 4:
		story.stats.bad_lines = 1;
		break;
	case 5:
		story.stats.gaps = 1;
		break;
	case 6:
		story.stats.truncated = true;
		break;
	case 7:
	case 8:
	case 9:
	case 10:
		story.stats.final[EV_SRC_BOX + how - 7] = false;
		break;
	case 11:
		tell("'k':'loss','src':'net','what':'flows','detail':'Too many flows','count':3");
		break;
	case 12:
		tell("'k':'counters','src':'capture','values':{'packets_undecoded':1}");
		break;
	case 13:
		tell("'k':'counters','src':'capture','values':{'packets_ifdropped':1}");
		break;
	case 14:
		tell("'k':'counters','src':'net','values':{'packets_malformed':1}");
		break;
	case 15:
		story.silent = true;
		break;
	case 16:
		story.packets++;	/* captured and decoded, and in no flow */
		break;
	case 17:
		/* the supervisor sees no packets */
		tell("'k':'flow','src':'box','id':9,'proto':'tcp'");
		break;
	case 18:
		tell("'k':'canary','src':'run','stage':'failed','detail':'no answer'");
		break;
	case 19:
		tell("'k':'lookup','src':'lab','name':'x.example','type':'A','rcode':'NOERROR'");
		break;
	case 20:
		tell("'k':'counters','src':'box','values':{'calls_unread':2}");
		break;
	case 21:
		tell("'k':'counters','src':'lab','values':{'refused':2}");
		break;
	case 22:
		story.stats.final[EV_SRC_DISK] = false;
		break;
	case 23:
		story.stats.final[EV_SRC_RUN] = false;
		break;
	case 24:
		tell("'k':'counters','src':'disk','values':{'left_out':1}");
		break;
	case 25:
		tell("'k':'counters','src':'box','values':{'ports_looks':0}");
		break;
	default:
		break;
	}
	end();
}

static void each_kind_of_loss_alone_keeps_a_run_from_conforming(void **state)
{
	for (int how = 0; how <= 25; how++) {
		lose(how);
		if (story.r->verdict == FND_CONFORMS)
			fail_msg("loss %d was not noticed", how);
		(void)clean_up(state);
	}
	lose(-1);	/* the control: without loss it conforms */
	assert_verdict(FND_CONFORMS);
}

static void other_programs_may_use_what_was_passed(void **state)
{
	static const struct {
		const char *policy, *send, *level;
		bool other, gap;
	} rows[] = {
		{ "'process':'/opt/acme/*',", "sendmsg", "violation", true, true },
		{ "'process':'/opt/acme/*',", "sendmsg", "warning", true, true },
		/* whose they are matters no more than those of nobody */
		{ "'process':'/opt/acme/*',", "sendmsg", "info", true, false },
		{ "'process':'/opt/acme/*',", "sendmmsg", "violation", true, true },
		{ "'process':'/opt/acme/*',", "sendto", "violation", true, false },	/* which carries none */
		{ "'process':'/opt/acme/*',", "sendmsg", "violation", false, false },
		{ "'process':'/**',", "sendmsg", "violation", true, false },
		{ "", "sendmsg", "violation", true, false },
	};
	char policy[512];

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		(void)snprintf(policy, sizeof(policy),
			       "'executes':['/**'],'connections':[{'id':'a',%s'to':['203.0.113.1']}],"
			       "'undeclared':{'connections':'%s'}", rows[i].policy,
			       rows[i].level);
		begin(policy);
		tell("'k':'sock','src':'box','t':110,'proc':2,'call':'connect','proto':'tcp',"
		     "'local':'198.19.255.2:60','remote':'203.0.113.1:80','outcome':'allowed'");
		tell("'k':'sock','src':'box','t':120,'proc':2,'call':'%s','proto':'unix',"
		     "'outcome':'allowed'", rows[i].send);
		if (rows[i].other) {
			tell("'k':'proc','src':'box','t':130,'proc':3,'parent':2");
			tell("'k':'exec','src':'box','t':130,'proc':3,'path':'/bin/o','exe':'/bin/o'");
		}
		tell("'k':'flow','src':'net','t':140,'id':5,'end':true,'proto':'tcp',"
		     "'local':'198.19.255.2:60','remote':'203.0.113.1:80','first':111,'last':139,"
		     "'pkts_out':3,'pkts_in':2,'bytes_out':9");
		end();
		assert_verdict(rows[i].gap ? FND_INCONCLUSIVE : FND_CONFORMS);
		assert_int_equal(has_gap("hand a connection to another program", true), rows[i].gap);
		if (rows[i].gap)
			assert_true(has_gap("such as /bin/o", true));
		(void)clean_up(state);
	}
}

static void who_has_a_socket_is_held_to_the_limits_of_its_rule(void **state)
{
	static const struct {
		const char *limit;
		bool gap;
	} rows[] = {
		{ "'bytes_out':9", true },
		{ "'bytes_out':99999", false },
		{ "'bytes_in':1", true },
		{ "'connections':1", false },
	};
	char policy[512];

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		(void)snprintf(policy, sizeof(policy),
			       "'executes':['/**'],'connections':["
			       "{'id':'a','process':'/opt/acme/agent','to':['203.0.113.1']},"
			       "{'id':'o','process':'/bin/o','to':['203.0.113.1'],'limits':{%s}}],"
			       "'undeclared':{'connections':'violation'}", rows[i].limit);
		begin(policy);
		tell("'k':'sock','src':'box','t':110,'proc':2,'call':'connect','proto':'tcp',"
		     "'local':'198.19.255.2:60','remote':'203.0.113.1:80','outcome':'allowed'");
		tell("'k':'proc','src':'box','t':120,'proc':3,'parent':2");
		tell("'k':'exec','src':'box','t':120,'proc':3,'path':'/bin/o','exe':'/bin/o'");
		tell("'k':'sock','src':'box','t':121,'proc':3,'call':'execve','proto':'tcp',"
		     "'local':'198.19.255.2:60','remote':'203.0.113.1:80','outcome':'allowed'");
		tell("'k':'flow','src':'net','t':140,'id':5,'end':true,'proto':'tcp',"
		     "'local':'198.19.255.2:60','remote':'203.0.113.1:80','first':111,'last':139,"
		     "'pkts_out':3,'pkts_in':2,'bytes_out':10,'bytes_in':10");
		end();
		assert_int_equal(story.r->nfindings, 0);
		assert_verdict(rows[i].gap ? FND_INCONCLUSIVE : FND_CONFORMS);
		assert_int_equal(has_gap("such as /bin/o", true), rows[i].gap);
		(void)clean_up(state);
	}
}

/* EVD_MAX_PAST programs of one process are remembered: at one less, so many and one more. */
static void a_program_among_many_of_one_process_may_use_what_was_passed(void **state)
{
	(void)state;
	for (int n = EVD_MAX_PAST - 2; n <= EVD_MAX_PAST + 2; n++) {
		begin("'executes':['/**'],'connections':[{'id':'a','process':'/opt/acme/*',"
		      "'to':['203.0.113.1']}],'undeclared':{'connections':'violation'}");
		tell("'k':'sock','src':'box','t':110,'proc':2,'call':'connect','proto':'tcp',"
		     "'local':'198.19.255.2:60','remote':'203.0.113.1:80','outcome':'allowed'");
		tell("'k':'sock','src':'box','t':120,'proc':2,'call':'sendmsg','proto':'unix',"
		     "'outcome':'allowed'");
		tell("'k':'proc','src':'box','t':130,'proc':3,'parent':2");
		for (int i = 0; i <= n; i++)
			tell("'k':'exec','src':'box','t':131,'proc':3,'path':'/opt/acme/%d',"
			     "'exe':'/opt/acme/%d'", i, i);
		tell("'k':'exec','src':'box','t':132,'proc':3,'path':'/bin/o','exe':'/bin/o'");
		tell("'k':'exec','src':'box','t':133,'proc':3,'path':'/opt/acme/a',"
		     "'exe':'/opt/acme/a'");
		tell("'k':'flow','src':'net','t':140,'id':5,'end':true,'proto':'tcp',"
		     "'local':'198.19.255.2:60','remote':'203.0.113.1:80','first':111,'last':139,"
		     "'pkts_out':3,'pkts_in':2,'bytes_out':9");
		end();
		assert_verdict(FND_INCONCLUSIVE);
		assert_true(has_gap("such as /bin/o", true));
		(void)clean_up(state);
	}
}

static void what_the_box_broke_is_told_and_accuses_nobody(void **state)
{
	static const char call[] = "'k':'call','src':'box','t':110,'proc':2,'call':'rename','abi':'x86_64',"
				   "'group':'box','outcome':'denied','error':'EXDEV','detail':'/x/%s'";

	(void)state;
	begin("'syscalls':{'allow':['@default']}");
	tell(call, "first");
	tell(call, "other");
	end();
	assert_verdict(FND_CONFORMS);
	assert_int_equal(story.r->nfindings, 0);
	assert_true(has_gap("box: 2, such as rename of /x/first: EXDEV", false));
}

static void a_mechanism_that_was_missing_is_told_with_its_sentence(void **state)
{
	char sentence[] = "Names could not be shown", *sentences[] = { sentence };

	(void)state;
	begin("");
	story.run.degraded = sentences;
	story.run.ndegraded = 1;
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_true(has_gap(sentence, true));
}

static void reading_is_not_compared_and_what_kept_the_product_from_it_is_told(void **state)
{
	char by[] = "Landlock ABI 7";

	(void)state;
	begin("'files':{'read':['/opt/**']}");
	end();
	assert_true(has_gap("files.read was not compared", false));
	assert_false(has_gap("places", false));
	(void)clean_up(state);
	begin("'files':{'read':['/opt/**']}");
	story.run.reads_by = by;
	end();
	assert_true(has_gap("reading outside the places that its policy declares failed: Landlock "
			    "ABI 7", false));
}

/* then() - the policy that the run had, if it was another one */
static void then(struct pol **p, const char *text)
{
	struct tb_err err = { 0 };

	assert_int_equal(pol_parse("then", text, strlen(text), p, &err), 0);
	story.run_policy = *p;
}

static void calls_that_passed_unseen_keep_a_narrower_policy_from_conforming(void **state)
{
	static const char *const wider[] = {
		"{\"tcbox_policy\":1}",
		"{\"tcbox_policy\":1,\"syscalls\":{\"allow\":[\"@default\",\"@network\"]}}",
	};
	struct pol *p;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(wider); i++) {
		begin("'syscalls':{'allow':['@default']}");
		then(&p, wider[i]);
		end();
		assert_verdict(FND_INCONCLUSIVE);
		assert_true(has_gap("such as socket", true));
		pol_free(p);
		clean_up(state);
	}
	begin("'syscalls':{'allow':['@default']}");
	story.run_policy = NULL;	/* it had one, which cannot be used */
	end();
	assert_verdict(FND_INCONCLUSIVE);
}

static void calls_that_were_watched_or_are_ignored_let_another_policy_conform(void **state)
{
	static const char narrower[] = "{\"tcbox_policy\":1,\"syscalls\":{\"allow\":[\"@basic-io\"]}}";
	static const char none[] = "{\"tcbox_policy\":1}";
	struct pol *p;

	(void)state;
	begin("'syscalls':{'allow':['@default']}");
	then(&p, narrower);
	end();
	assert_verdict(FND_CONFORMS);
	pol_free(p);
	clean_up(state);

	begin("'syscalls':{'allow':['@default']},'undeclared':{'syscalls':'ignore'}");
	then(&p, none);
	end();
	assert_verdict(FND_CONFORMS);
	pol_free(p);
	clean_up(state);

	begin("'syscalls':{'allow':['@default']}");
	then(&p, none);
	story.run.observe = RUN_OBSERVE_ALL;
	end();
	assert_verdict(FND_CONFORMS);
	pol_free(p);
}

static void a_timeout_or_a_signal_of_the_technician_is_noted_and_spoils_nothing(void **state)
{
	(void)state;
	begin("");
	story.run.timed_out = true;
	story.run.exited = false;
	story.run.exit_signal = 9;
	end();
	assert_verdict(FND_CONFORMS);
	assert_true(has_gap("time was over", false));
	(void)clean_up(state);
	begin("");
	story.run.interrupted = true;
	story.run.exit_signal = 2;
	end();
	assert_verdict(FND_CONFORMS);
}

static void limits_that_the_technician_chose_are_noted_and_spoil_nothing(void **state)
{
	(void)state;
	begin("");
	story.run.output_max = 5;
	tell("'k':'counters','src':'run','values':{'stdout_cut':0,'stderr_cut':7,'box_memory_kills':3}");
	end();
	assert_verdict(FND_CONFORMS);
	assert_true(has_gap("stderr.log was cut after 5 bytes; bytes left out: 7", false));
	assert_false(has_gap("stdout.log", false));
	assert_true(has_gap("because of the limit: 3", false));
}

static void the_lab_is_not_needed_without_a_simulated_internet(void **state)
{
	(void)state;
	begin_without_control("");
	story.run.net = RUN_NET_NONE;
	story.stats.final[EV_SRC_LAB] = false;
	tell("'k':'canary','src':'run','t':1,'name':'c.canary.example','stage':'planned'");
	tell("'k':'proc','src':'box','t':1,'proc':1,'role':'canary'");
	tell("'k':'sock','src':'box','t':2,'proc':1,'call':'sendto','proto':'udp','local':'198.19.255.2:50',"
	     "'remote':'198.19.255.1:53'");
	tell("'k':'flow','src':'net','id':1,'proto':'udp','local':'198.19.255.2:50','remote':'198.19.255.1:53',"
	     "'first':3,'pkts_out':1");
	tell("'k':'lookup','src':'net','name':'c.canary.example','type':'A','flow':1");
	tell("'k':'sock','src':'box','t':5,'proc':1,'call':'connect','proto':'tcp','local':'198.19.255.2:51',"
	     "'remote':'198.19.255.1:80'");
	tell("'k':'flow','src':'net','id':2,'proto':'tcp','local':'198.19.255.2:51','remote':'198.19.255.1:80',"
	     "'first':6,'pkts_out':3");
	tell_product();
	end();
	assert_verdict(FND_CONFORMS);
	assert_false(story.r->canary.lab);
}

static void a_run_without_control_is_not_trusted(void **state)
{
	(void)state;
	begin_without_control("");
	story.no_last_control = true;
	tell_product();
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_int_equal(findings("CANARY-MISSED"), 3);
}

static void a_layer_that_fell_asleep_is_told_by_the_control_at_the_end(void **state)
{
	begin("");
	story.no_last_control = true;
	tell("'k':'canary','src':'run','t':900,'name':'c.canary.example','at':'end','stage':'planned'");
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_int_equal(findings("CANARY-MISSED"), 3);
	assert_true(has_gap("after the product's end was not seen by the packets", true));
	assert_false(has_gap("before the product", true));
	assert_true(story.r->canary.lab);
	assert_false(story.r->last_canary.lab);
	(void)clean_up(state);

	begin("");
	story.no_last_control = true;
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_true(has_gap("after the product's end was not seen by the lab", true));
}

static void a_control_at_the_end_that_failed_keeps_the_run_from_conforming(void **state)
{
	(void)state;
	begin("");
	tell("'k':'canary','src':'run','t':%s99,'at':'end','stage':'failed','detail':'why'", LATE);
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_true(has_gap("after the product's end failed: why", true));
}

static void the_product_does_not_hide_behind_the_name_of_the_control(void **state)
{
	(void)state;
	begin("");
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'sendto','proto':'udp','local':'198.19.255.2:60',"
	     "'remote':'198.19.255.1:53'");
	tell("'k':'flow','src':'net','id':3,'proto':'udp','local':'198.19.255.2:60','remote':'198.19.255.1:53',"
	     "'first':200,'pkts_out':2");
	tell("'k':'lookup','src':'net','t':201,'name':'c.canary.example','type':'A','rcode':'NOERROR','flow':3,"
	     "'server':'198.19.255.1:53'");
	tell("'k':'sock','src':'box','t':202,'proc':2,'call':'connect','proto':'tcp','local':'198.19.255.2:61',"
	     "'remote':'198.18.0.1:80'");
	tell("'k':'flow','src':'net','id':4,'proto':'tcp','local':'198.19.255.2:61','remote':'198.18.0.1:80',"
	     "'first':203,'pkts_out':3,"
	     "'names':['c.canary.example']");
	end();
	assert_int_equal(findings("DNS-UNDECLARED"), 0);	/* one surprise with that */
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_verdict(FND_VIOLATES);
}

static void a_violation_stays_one_when_evidence_was_lost(void **state)
{
	(void)state;
	begin("");
	tell("'k':'sock','src':'box','t':202,'proc':2,'call':'connect','proto':'tcp','local':'198.19.255.2:61',"
	     "'remote':'203.0.113.1:80'");
	tell("'k':'flow','src':'net','id':4,'proto':'tcp','local':'198.19.255.2:61','remote':'203.0.113.1:80',"
	     "'first':203,'pkts_out':3");
	story.run.state = RUN_RUNNING;
	end();
	assert_verdict(FND_VIOLATES);
	assert_true(has_gap("still going on", true));
}

static void what_was_required_and_not_seen_is_only_a_warning_when_evidence_was_lost(void **state)
{
	static const char rule[] = "'connections':[{'id':'u','to':['u.example'],'required':true}]";

	(void)state;
	begin(rule);
	end();
	assert_verdict(FND_VIOLATES);
	assert_int_equal(finding("MISSING-REQUIRED")->severity, FND_VIOLATION);
	(void)clean_up(state);
	begin(rule);
	story.stats.gaps = 1;
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_int_equal(finding("MISSING-REQUIRED")->severity, FND_WARNING);
}

static void a_product_file_that_changed_spoils_the_run(void **state)
{
	char path[] = "/opt/acme/agent", before[] = "aa", after[] = "bb";
	struct run_file file = { .path = path, .sha256_before = before, .sha256_after = after };

	(void)state;
	begin("");
	story.run.files = &file;
	story.run.nfiles = 1;
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_int_equal(findings("PRODUCT-CHANGED"), 1);
	(void)clean_up(state);
	begin("");
	file.sha256_after = before;
	story.run.files = &file;
	story.run.nfiles = 1;
	end();
	assert_verdict(FND_CONFORMS);
}

/* In the box a product may change its own files, and nothing of that is left afterwards. */
static void another_file_executed_in_its_place_is_told(void **state)
{
	char path[] = "/opt/acme/helper", hash[] = "aa";
	struct run_file file = { .path = path, .sha256_before = hash, .sha256_after = hash };

	(void)state;
	begin("'executes':['/opt/**'],");
	tell("'k':'exec','src':'box','proc':2,'path':'/opt/acme/helper','exe':'/opt/acme/helper','sha256':'bb'");
	story.run.files = &file;
	story.run.nfiles = 1;
	end();
	assert_int_equal(findings("EXEC-CHANGED"), 1);
	assert_non_null(strstr(observed(finding("EXEC-CHANGED")), "SHA-256 bb was executed"));
	(void)clean_up(state);
	begin("'executes':['/opt/**'],");
	tell("'k':'exec','src':'box','proc':2,'path':'/opt/acme/helper','exe':'/opt/acme/helper','sha256':'aa'");
	story.run.files = &file;
	story.run.nfiles = 1;
	end();
	assert_int_equal(findings("EXEC-CHANGED"), 0);
}

static void a_loss_event_and_its_counter_are_told_once(void **state)
{
	(void)state;
	begin("");
	tell("'k':'loss','src':'capture','what':'packets','detail':'12 packets were "
	     "dropped','count':12");
	tell("'k':'counters','src':'capture','values':{'packets_dropped':12}");
	story.silent = true;
	tell("'k':'counters','src':'capture','values':{'packets_captured':%llu,'packets_unaccounted':12}",
	     (unsigned long long)story.packets);
	tell("'k':'counters','src':'net','values':{'packets_decoded':%llu}",
	     (unsigned long long)story.packets);
	end();
	assert_int_equal(findings("EVIDENCE-LOST"), 1);
	assert_int_equal(finding("EVIDENCE-LOST")->count, 12);
	assert_int_equal(story.r->totals.packets_dropped, 12);
}

static void it_is_not_known_how_a_record_was_read_without_its_statistics(void **state)
{
	(void)state;
	begin("");
	judge(NULL);
	assert_verdict(FND_INCONCLUSIVE);
}

static void an_empty_record_is_inconclusive(void **state)
{
	(void)state;
	begin_without_control("");
	story.silent = true;
	end();
	assert_verdict(FND_INCONCLUSIVE);
}

/* count_packets() - what capture and decoder say of them; @more: other totals of the decoder */
static void count_packets(uint64_t captured, uint64_t decoded, const char *more)
{
	story.silent = true;
	tell("'k':'counters','src':'capture','values':{'packets_captured':%llu,'packets_unaccounted':0},"
	     "'final':true", (unsigned long long)captured);
	tell("'k':'counters','src':'net','values':{'packets_decoded':%llu%s},'final':true",
	     (unsigned long long)decoded, more);
}

static void each_total_that_must_be_zero_is_evidence_that_was_lost(void **state)
{
	static const struct { const char *src, *name; } totals[] = {
		{ "capture", "packets_dropped" },   { "capture", "packets_ifdropped" },
		{ "capture", "packets_unaccounted" }, { "capture", "packets_undecoded" },
		{ "net", "packets_malformed" },	    { "net", "packets_other" },
		{ "net", "lookups_malformed" },	    { "net", "names_lost" },
		{ "lab", "refused" },		    { "box", "processes_unwatched" },
		{ "box", "calls_unread" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(totals); i++) {
		for (int value = 0; value < 2; value++) {
			begin("");
			count_packets(story.packets, story.packets, "");
			tell("'k':'counters','src':'%s','values':{'%s':%d}", totals[i].src,
			     totals[i].name, value);
			end();
			assert_verdict(value ? FND_INCONCLUSIVE : FND_CONFORMS);
			assert_int_equal(findings("EVIDENCE-LOST"), value);
			(void)clean_up(state);
		}
	}
}

static void captured_decoded_and_placed_packets_are_as_many(void **state)
{
	static const char link[] = ",'packets_link_arp':2,'packets_link_nd':30,'packets_link_mld':400";
	static const struct { int captured, decoded; const char *more; bool lost; } rows[] = {
		{ 0, 0, "", false }, { 1, 0, "", true }, { 0, 1, "", true },
		{ 432, 432, link, false }, { 433, 433, link, true }, { 433, 432, link, true },
		{ 432, 431, link, true },
		{ 0, 2, "", true },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("");
		tell_last_control();
		story.no_last_control = true;
		count_packets(story.packets + (uint64_t)rows[i].captured,
			      story.packets + (uint64_t)rows[i].decoded, rows[i].more);
		end();
		assert_verdict(rows[i].lost ? FND_INCONCLUSIVE : FND_CONFORMS);
		(void)clean_up(state);
	}
}

static void packets_that_were_not_decoded_are_told_once(void **state)
{
	(void)state;
	begin("");
	tell_last_control();
	story.no_last_control = true;
	count_packets(story.packets + 5, story.packets, "");
	tell("'k':'counters','src':'capture','values':{'packets_undecoded':5}");
	end();
	assert_int_equal(findings("EVIDENCE-LOST"), 1);
}

#define ANYWHERE "'connections':[{'id':'a','to':['0.0.0.0/0']}]"
#define ANY_NAME "'connections':[{'id':'a','ports':[443]}]"

/* unseen() - something that this way of observing cannot show. Return: how many gaps it makes */
static int unseen(int what)
{
	static const char *const flows[] = {
		"'app':'tls','tls_version':'1.3','sni':'a.example','names':['a.example']",
		"'app':'ssh'",
		"'app':'tls','tls_version':'1.3'",	/* and the name is not known */
		"'app':'tls','sni':'a.example','names':['a.example'],'ech':true",
	};
	static const int gaps[] = { 1, 1, 2, 2 };

	if (what < 4) {
		tell("'k':'sock','src':'box','t':200,'proc':2,'call':'connect','proto':'tcp',"
		     "'local':'198.19.255.2:61','remote':'203.0.113.1:443'");
		tell("'k':'flow','src':'net','id':4,'proto':'tcp','local':'198.19.255.2:61',"
		     "'remote':'203.0.113.1:443','first':203,'pkts_out':3,'bytes_out':1,%s",
		     flows[what]);
		return gaps[what];
	}
	switch (what) {
	case 4:
		tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'tcp','remote':'127.0.0.1:80'");
		return 1;
	case 5:
		tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'unix','path':'/x'");
		return 1;
	case 6:
		tell("'k':'counters','src':'box','values':{'execs_unverified':1}");
		return 1;
	case 7:
		tell("'k':'counters','src':'lab','values':{'datagrams_dropped':1}");
		return 1;
	case 8:
		tell("'k':'counters','src':'net','values':{'flows_evicted':1}");
		return 1;
	case 9:
		tell("'k':'counters','src':'run','values':{'stdout_cut':1}");
		return 1;
	case 10:
		tell("'k':'counters','src':'run','values':{'stderr_cut':1}");
		return 1;
	case 11:
		tell("'k':'counters','src':'run','values':{'box_memory_kills':1}");
		return 1;
	case 12:
		tell("'k':'counters','src':'lab','values':{'secrets_unrecorded':1}");
		return 1;
	case 13:
		tell("'k':'counters','src':'lab','values':{'bodies_left_out':1}");
		return 1;
	default:
		return 0;
	}
}

static void what_cannot_be_seen_is_told_and_spoils_nothing(void **state)
{
	size_t always;

	begin(ANYWHERE);
	end();
	always = story.r->ngaps;
	(void)clean_up(state);
	for (int what = 0; what <= 14; what++) {
		int gaps;

		begin(what == 3 ? ANY_NAME : ANYWHERE);	/* it hides a name */
		gaps = unseen(what);
		end();
		assert_verdict(FND_CONFORMS);
		assert_int_equal(story.r->ngaps, always + (size_t)gaps);
		for (size_t i = 0; i < story.r->ngaps; i++)
			assert_false(story.r->gaps[i].blocks_conforms);
		(void)clean_up(state);
	}
}

static void a_program_that_nobody_saw_bounds_the_verdict_where_programs_are_declared(void **state)
{
	static const struct { const char *policy; enum fnd_verdict verdict; } rows[] = {
		{ "'executes':['/usr/bin/agent']," ANYWHERE, FND_INCONCLUSIVE },
		{ "'executes':['/usr/bin/agent'],'undeclared':{'executes':'info'}," ANYWHERE,
		  FND_CONFORMS },
		{ "'executes':['/usr/bin/agent','/**']," ANYWHERE, FND_CONFORMS },
		{ "'executes':['**']," ANYWHERE, FND_CONFORMS },
		{ ANYWHERE, FND_CONFORMS },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin(rows[i].policy);
		tell("'k':'counters','src':'box','values':{'execs_unverified':1}");
		end();
		assert_verdict(rows[i].verdict);
		(void)clean_up(state);
	}
}

static void rings_bound_the_verdict_where_files_are_declared(void **state)
{
	static const struct { const char *policy, *outcome; enum fnd_verdict verdict; } rows[] = {
		{ "'files':{'write':['/srv/**']},", "allowed", FND_INCONCLUSIVE },
		{ "'files':{'write':['/srv/**']},'undeclared':{'files':'info'},", "allowed",
		  FND_CONFORMS },
		{ "'files':{'write':['/srv/**','/**']},", "allowed", FND_CONFORMS },
		{ "'files':{'write':['/srv/**']},", "denied", FND_CONFORMS },
		{ "", "allowed", FND_CONFORMS },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		char policy[256];

		(void)snprintf(policy, sizeof(policy), "'syscalls':{'allow':['@default',"
			       "'@network','@io_uring']},'undeclared':{'syscalls':'ignore'},%s"
			       ANYWHERE, rows[i].policy);
		if (strstr(rows[i].policy, "undeclared"))
			(void)snprintf(policy, sizeof(policy), "%s" ANYWHERE, rows[i].policy);
		begin(policy);
		tell("'k':'call','src':'box','proc':2,'call':'io_uring_setup','abi':'x86_64',"
		     "'group':'io_uring','outcome':'%s'%s", rows[i].outcome,
		     *rows[i].outcome == 'd' ? ",'error':'ENOSYS'" : "");
		end();
		if (story.r->verdict != rows[i].verdict)
			fail_msg("row %zu: %s", i, fnd_verdict_name(story.r->verdict));
		(void)clean_up(state);
	}
}

static void each_witness_of_the_control_is_missed_alone(void **state)
{
	for (int missing = 0; missing < 3; missing++) {
		begin_without_control("");
		tell("'k':'canary','src':'run','t':1,'name':'c.canary.example','stage':'planned'");
		tell("'k':'proc','src':'box','t':1,'proc':1,'role':'canary'");
		if (missing != 0) {
			tell("'k':'sock','src':'box','t':2,'proc':1,'call':'sendto','proto':'udp',"
			     "'local':'198.19.255.2:50','remote':'198.19.255.1:53'");
			tell("'k':'sock','src':'box','t':5,'proc':1,'call':'connect','proto':'tcp',"
			     "'local':'198.19.255.2:51','remote':'198.18.0.1:80'");
		}
		if (missing != 1) {
			tell("'k':'flow','src':'net','t':3,'id':1,'end':true,'proto':'udp','local':'198.19.255.2:50',"
			     "'remote':'198.19.255.1:53','first':3,'last':4,'pkts_out':1,'pkts_in':1");
			tell("'k':'lookup','src':'net','t':4,'name':'c.canary.example','type':'A',"
			     "'rcode':'NOERROR','addrs':['198.18.0.1'],'flow':1,'server':'198.19.255.1:53'");
			tell("'k':'flow','src':'net','t':6,'id':2,'end':true,'proto':'tcp','local':'198.19.255.2:51',"
			     "'remote':'198.18.0.1:80','first':6,'last':7,'pkts_out':3,'pkts_in':2,"
			     "'names':['c.canary.example']");
		}
		if (missing != 2)
			tell("'k':'lookup','src':'lab','t':3,'name':'c.canary.example','type':'A',"
			     "'rcode':'NOERROR','addrs':['198.18.0.1'],'server':'198.19.255.1:53'");
		tell_product();
		end();
		assert_int_equal(story.r->canary.calls, missing != 0);
		assert_int_equal(story.r->canary.lab, missing != 2);
		if (missing == 1)
			assert_false(story.r->canary.packets);
		if (missing == 2)
			assert_int_equal(findings("CANARY-MISSED"), 1);
		assert_non_null(finding("CANARY-MISSED"));
		assert_verdict(FND_INCONCLUSIVE);
		(void)clean_up(state);
	}
}

static void of_files_of_the_product_only_those_that_changed_are_told(void **state)
{
	char a[] = "/a", b[] = "/b", aa[] = "aa", bb[] = "bb";
	static const struct { bool path, before, after, other, running; size_t told; } rows[] = {
		{ true, true, true, false, false, 0 },	/* the same */
		{ true, true, true, true, false, 1 },
		{ true, true, false, false, false, 1 },	/* not there any more */
		{ true, true, true, true, true, 0 },	/* the run has no afterwards yet */
		{ true, false, true, false, false, 0 },
		{ false, true, true, true, false, 0 },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct run_file files[2] = {
			{ .path = b, .sha256_before = bb, .sha256_after = bb },
			{ .path = rows[i].path ? a : NULL,
			  .sha256_before = rows[i].before ? aa : NULL },
		};

		if (rows[i].after)
			files[1].sha256_after = rows[i].other ? bb : aa;
		begin("");
		story.run.files = files;
		story.run.nfiles = 2;
		if (rows[i].running)
			story.run.state = RUN_RUNNING;
		end();
		assert_int_equal(findings("PRODUCT-CHANGED"), rows[i].told);
		if (rows[i].told)
			assert_string_equal(finding("PRODUCT-CHANGED")->object, "/a");
		if (rows[i].told)
			assert_non_null(strstr(observed(finding("PRODUCT-CHANGED")), "aa"));
		(void)clean_up(state);
	}
}

static void packets_that_no_call_explains_keep_a_run_from_conforming(void **state)
{
	(void)state;
	begin(ANYWHERE);
	tell("'k':'flow','src':'net','id':4,'proto':'tcp','local':'198.19.255.2:61',"
	     "'remote':'203.0.113.1:443','first':203,'pkts_out':3,'bytes_out':1,'app':'http'");
	end();
	assert_int_equal(findings("FLOW-UNOWNED"), 1);
	assert_int_equal(story.r->totals.packets_unowned, 3);
	assert_verdict(FND_INCONCLUSIVE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(a_clean_run_conforms),
		TEST(without_a_policy_nothing_is_decided),
		TEST(each_kind_of_loss_alone_keeps_a_run_from_conforming),
		TEST(a_program_among_many_of_one_process_may_use_what_was_passed),
		TEST(who_has_a_socket_is_held_to_the_limits_of_its_rule),
		TEST(other_programs_may_use_what_was_passed),
		TEST(what_the_box_broke_is_told_and_accuses_nobody),
		TEST(a_mechanism_that_was_missing_is_told_with_its_sentence),
		TEST(reading_is_not_compared_and_what_kept_the_product_from_it_is_told),
		TEST(calls_that_passed_unseen_keep_a_narrower_policy_from_conforming),
		TEST(calls_that_were_watched_or_are_ignored_let_another_policy_conform),
		TEST(a_timeout_or_a_signal_of_the_technician_is_noted_and_spoils_nothing),
		TEST(limits_that_the_technician_chose_are_noted_and_spoil_nothing),
		TEST(the_lab_is_not_needed_without_a_simulated_internet),
		TEST(a_run_without_control_is_not_trusted),
		TEST(a_layer_that_fell_asleep_is_told_by_the_control_at_the_end),
		TEST(a_control_at_the_end_that_failed_keeps_the_run_from_conforming),
		TEST(the_product_does_not_hide_behind_the_name_of_the_control),
		TEST(a_violation_stays_one_when_evidence_was_lost),
		TEST(what_was_required_and_not_seen_is_only_a_warning_when_evidence_was_lost),
		TEST(a_product_file_that_changed_spoils_the_run),
		TEST(another_file_executed_in_its_place_is_told),
		TEST(a_loss_event_and_its_counter_are_told_once),
		TEST(it_is_not_known_how_a_record_was_read_without_its_statistics),
		TEST(an_empty_record_is_inconclusive),
		TEST(each_total_that_must_be_zero_is_evidence_that_was_lost),
		TEST(captured_decoded_and_placed_packets_are_as_many),
		TEST(packets_that_were_not_decoded_are_told_once),
		TEST(what_cannot_be_seen_is_told_and_spoils_nothing),
		TEST(a_program_that_nobody_saw_bounds_the_verdict_where_programs_are_declared),
		TEST(rings_bound_the_verdict_where_files_are_declared),
		TEST(each_witness_of_the_control_is_missed_alone),
		TEST(of_files_of_the_product_only_those_that_changed_are_told),
		TEST(packets_that_no_call_explains_keep_a_run_from_conforming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
