/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programs32.c - an ordinary program, which i386.sh compiles for 32 and for 64 bits: what it does
 * is the same
 *
 *	programs32 PORT		prints what came of each step
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME "www.acme.example"

static void say(const char *what, long rc)
{
	printf("%s %s\n", what, rc < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
}

static void talk(const struct sockaddr *to, socklen_t len)
{
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
		udp = socket(AF_INET, SOCK_DGRAM, 0);
	struct iovec part = { (void *)(uintptr_t)"message", 7 };
	struct sockaddr copy = *to;
	struct mmsghdr many[2] = { { .msg_hdr = { .msg_name = &copy, .msg_namelen = len,
						  .msg_iov = &part, .msg_iovlen = 1 } } };

	many[1] = many[0];
	say("tcp", connect(tcp, to, len));
	say("send", send(tcp, "hello", 5, MSG_NOSIGNAL));
	say("shutdown", shutdown(tcp, SHUT_RDWR));
	say("sendto", sendto(udp, "datagram", 8, 0, to, len));
	say("sendmsg", sendmsg(udp, &many[0].msg_hdr, 0));
	say("sendmmsg", sendmmsg(udp, many, 2, 0));
	close(tcp);
	close(udp);
}

static void serve(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), got;
	char text[4] = "";

	say("bind", bind(server, (struct sockaddr *)&a, sizeof(a)));
	say("listen", listen(server, 1));
	say("getsockname", getsockname(server, (struct sockaddr *)&a, &len));
	say("connect", connect(client, (struct sockaddr *)&a, sizeof(a)));
	got = accept(server, NULL, NULL);
	say("accept", got);
	say("recv", send(client, "abc", 3, 0) == 3 ? recv(got, text, 3, 0) : -1);
	printf("received %s\n", text);
}

static void files(void)
{
	struct stat st;
	FILE *f = fopen("written", "w");

	say("fopen", f ? fprintf(f, "text\n") : -1);
	if (f)
		fclose(f);
	say("chmod", chmod("written", 0600));
	say("mkdir", mkdir("directory", 0755));
	say("rename", rename("written", "directory/renamed"));
	say("symlink", symlink("renamed", "directory/link"));
	say("truncate", truncate("directory/link", 2));
	say("stat", stat("directory/link", &st));
	printf("size %ld\n", (long)st.st_size);
	say("unlink", unlink("directory/link"));
}

static void *thread(void *arg)
{
	(void)arg;
	say("thread", open("/etc/passwd", O_RDONLY | O_CLOEXEC));
	return NULL;
}

static void on_alarm(int sig)
{
	(void)sig;
	(void)!write(1, "signal\n", 7);
}

static void processes(void)
{
	char *const args[] = { (char *)(uintptr_t)"echo", (char *)(uintptr_t)"child",
			       (char *)(uintptr_t)"of spawn", NULL };
	int status = -1, pair[2] = { -1, -1 };
	pthread_t t;
	pid_t pid;
	char c;

	say("spawn", posix_spawn(&pid, "/bin/echo", NULL, NULL, args, args + 3) ? -1 :
	    waitpid(pid, &status, 0));
	say("system", system("exit 3") == 3 << 8 ? 0 : -1);
	say("pair", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	pid = fork();
	if (!pid)
		_exit(write(pair[1], "c", 1) != 1);
	say("from child", read(pair[0], &c, 1));
	say("wait", waitpid(pid, &status, 0));
	status = pthread_create(&t, NULL, thread, NULL);
	if (!status)
		pthread_join(t, NULL);	/* it says something, too */
	say("pthread", status ? -1 : 0);
	say("shared memory", shmctl(shmget(IPC_PRIVATE, 4096, 0600), IPC_RMID, NULL));
	signal(SIGUSR1, on_alarm);
	raise(SIGUSR1);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found = NULL;

	if (argc != 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
#ifdef WITHOUT_NAMES	/* a static program has no name service */
	(void)hints;
	(void)found;
	say("address", inet_pton(AF_INET, "198.51.100.7", &to.sin_addr) - 1);
#else
	say("lookup", getaddrinfo(NAME, NULL, &hints, &found) ? -1 : 0);
	if (found)
		memcpy(&to, found->ai_addr, sizeof(to));
#endif
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	talk((struct sockaddr *)&to, sizeof(to));
	serve();
	files();
	processes();
	return 0;
}
