/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_witness.c - tests of evidence/witness.c: which changes on disk a recorded act explains
 */
#include "tests/unit/evidence/tell.h"

#define ACT(op, path) "'k':'file','src':'box','proc':2,'op':'" op "','path':'" path "'"
#define CHANGE(type, path) \
	"'k':'change','src':'disk','op':'changed','path':'" path "','type':'" type "'"

static void a_change_is_explained_by_an_act_on_its_path(void **state)
{
	(void)state;
	product();
	tell(ACT("write", "/x"));
	tell(CHANGE("file", "/x"));
	tell(CHANGE("file", "/y"));
	(void)finish();
	assert_true(told.facts->changes[0].explained);
	assert_false(told.facts->changes[0].moved);
	assert_false(told.facts->changes[1].explained);
}

static void a_refused_act_explains_nothing(void **state)
{
	(void)state;
	product();
	tell(ACT("write", "/x") ",'outcome':'denied'");
	tell(CHANGE("file", "/x"));
	(void)finish();
	assert_false(told.facts->changes[0].explained);
}

static void mkdir_of_a_file_does_not_explain_that_it_was_written(void **state)
{
	(void)state;
	product();
	tell(ACT("mkdir", "/file") ",'outcome':'tried'");
	tell(ACT("mkdir", "/directory"));
	tell(ACT("write", "/both"));
	tell(ACT("mkdir", "/both") ",'outcome':'tried'");
	tell(CHANGE("file", "/file"));
	tell(CHANGE("directory", "/directory"));
	tell(CHANGE("file", "/both"));
	(void)finish();
	assert_false(told.facts->changes[0].explained);
	assert_true(told.facts->changes[1].explained);
	assert_true(told.facts->changes[2].explained);
}

static void what_is_below_a_renamed_directory_was_moved(void **state)
{
	(void)state;
	product();
	tell(ACT("rename", "/a/b") ",'path2':'/c'");
	tell(ACT("write", "/c/own"));
	tell(CHANGE("file", "/a/b/x/y"));
	tell(CHANGE("file", "/c/own"));
	tell(CHANGE("file", "/a/other"));
	(void)finish();
	assert_true(told.facts->changes[0].explained);
	assert_true(told.facts->changes[0].moved);
	assert_true(told.facts->changes[1].explained);
	assert_false(told.facts->changes[1].moved);
	assert_false(told.facts->changes[2].explained);
}

#define SOCK(call, proto, cookie, more) \
	"'k':'sock','src':'box','proc':2,'outcome':'allowed','call':'" call "','proto':'" proto \
	"','cookie':" cookie ",'local':'0.0.0.0:8080'" more
#define PORT_AT(proto, cookie, local, t) PORT(proto, cookie, local) ",'t':" t
#define PORT(proto, cookie, local) \
	"'k':'port','src':'box','proto':'" proto "','cookie':" cookie ",'local':'" local "'"

static void a_port_is_explained_by_a_call_on_its_socket_whatever_that_asked_for(void **state)
{
	(void)state;
	product();
	tell(SOCK("bind", "tcp", "7", ""));
	tell(SOCK("listen", "tcp", "7", ""));
	tell(SOCK("bind", "tcp", "8", ""));
	tell(SOCK("bind", "udp", "9", ""));
	tell(SOCK("sendto", "udp", "10", ",'remote':'203.0.113.1:9'"));
	tell(SOCK("listen", "tcp", "0", ""));
	tell(PORT("tcp", "7", "0.0.0.0:8081"));
	tell(PORT("tcp", "8", "0.0.0.0:8080"));
	tell(PORT("udp", "9", "0.0.0.0:8080"));
	tell(PORT("udp", "10", "0.0.0.0:40000"));
	tell(PORT("tcp", "11", "0.0.0.0:8080"));
	tell(PORT("tcp", "0", "0.0.0.0:8080"));
	(void)finish();
	assert_ptr_equal(told.facts->ports[0].call, &told.facts->calls[1]);
	assert_null(told.facts->ports[1].call); /* nobody listened there */
	assert_ptr_equal(told.facts->ports[2].call, &told.facts->calls[3]);
	assert_ptr_equal(told.facts->ports[3].call, &told.facts->calls[4]);
	assert_null(told.facts->ports[4].call); /* another socket had the address */
	assert_null(told.facts->ports[5].call);
}

static void a_datagram_socket_that_gets_one_peer_is_a_client(void **state)
{
	(void)state;
	product();
	tell(SOCK("connect", "udp", "6", ",'remote':'203.0.113.1:9','t':101"));
	tell(SOCK("bind", "udp", "6", ",'t':102"));
	tell(SOCK("bind", "udp", "7", ",'t':102"));
	tell(SOCK("connect", "udp", "7", ",'remote':'203.0.113.1:9','t':103"));
	tell(SOCK("bind", "udp", "8", ",'t':104"));
	tell(SOCK("connect", "udp", "8", ",'t':105")); /* AF_UNSPEC: it has none */
	tell(SOCK("bind", "udp", "9", ",'t':106"));
	tell(SOCK("connect", "udp", "9", ",'remote':'203.0.113.1:9','t':107"));
	tell(PORT_AT("udp", "9", "0.0.0.0:8080", "108"));
	tell(SOCK("bind", "tcp", "10", ",'t':108"));
	tell(SOCK("connect", "tcp", "10", ",'remote':'203.0.113.1:9','t':109"));
	tell(SOCK("bind", "udp", "11", ",'t':110"));
	tell(SOCK("connect", "udp", "11", ",'remote':'203.0.113.1:9','t':111"));
	tell(SOCK("connect", "udp", "11", ",'t':112"));
	tell(SOCK("bind", "udp", "12", ",'t':120"));
	tell(PORT_AT("udp", "12", "0.0.0.0:8080", "121"));
	tell(SOCK("connect", "udp", "12", ",'remote':'203.0.113.1:9','t':122"));
	tell(SOCK("bind", "udp", "13", ",'t':130"));
	tell(SOCK("connect", "udp", "13", ",'remote':'255.255.255.255:9','error':'EACCES','t':131"));
	tell(SOCK("bind", "udp", "14", ",'t':140"));
	tell(SOCK("connect", "udp", "14", ",'remote':'127.0.0.1','t':141"));
	(void)finish();
	assert_false(told.facts->calls[13].client);	/* it took its time */
	assert_false(told.facts->calls[15].client);	/* it was refused */
	assert_false(told.facts->calls[17].client);	/* each port of an address is no peer */
	assert_false(told.facts->calls[10].client);	/* it was released again */
	assert_false(told.facts->calls[1].client);
	assert_true(told.facts->calls[2].client);
	assert_false(told.facts->calls[4].client);
	assert_false(told.facts->calls[6].client); /* the kernel waited for others there */
	assert_false(told.facts->calls[8].client);
}

/* What is refused after a peer was had changes nothing: connect(2). */
static void a_client_that_is_refused_another_peer_is_one_still(void **state)
{
	(void)state;
	product();
	tell(SOCK("bind", "udp", "7", ",'t':102"));
	tell(SOCK("connect", "udp", "7", ",'remote':'203.0.113.1:9','t':103"));
	tell(SOCK("connect", "udp", "7", ",'remote':'255.255.255.255:9','error':'EACCES','t':104"));
	(void)finish();
	assert_true(told.facts->calls[0].client);
}

static void a_port_is_explained_by_a_peer_that_was_refused(void **state)
{
	(void)state;
	product();
	tell(SOCK("connect", "udp", "7", ",'remote':'255.255.255.255:9','error':'EACCES'"));
	tell(SOCK("connect", "udp", "8", ",'remote':'203.0.113.1:9'"));
	tell(PORT("udp", "7", "0.0.0.0:40000"));
	tell(PORT("udp", "8", "0.0.0.0:40001"));
	(void)finish();
	assert_ptr_equal(told.facts->ports[0].call, &told.facts->calls[0]);
	assert_null(told.facts->ports[1].call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_change_is_explained_by_an_act_on_its_path),
		TEST(a_refused_act_explains_nothing),
		TEST(mkdir_of_a_file_does_not_explain_that_it_was_written),
		TEST(what_is_below_a_renamed_directory_was_moved),
		TEST(a_port_is_explained_by_a_call_on_its_socket_whatever_that_asked_for),
		TEST(a_datagram_socket_that_gets_one_peer_is_a_client),
		TEST(a_client_that_is_refused_another_peer_is_one_still),
		TEST(a_port_is_explained_by_a_peer_that_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
