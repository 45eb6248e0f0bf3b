/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apps.c - the names of application protocols that a policy may use
 *
 * They are what nDPI 4.2 calls its protocols, in lower case, because the decoder writes those into
 * the record, and a few names in common use that the comparison understands (https, http3, doh,
 * dot). A list of our own keeps the library out of this room and lets the reader catch a misspelt
 * name. A test compares it with nDPI.
 */
#include "policy/read.h"

#include "tcbox/own.h"

static const char *const apps[] = {
	"accuweather", "activision", "afp", "aimini", "ajp", "alibaba", "amazon", "amazonalexa",
	"amazonaws", "amazonvideo", "amongus", "amqp", "anydesk", "apple", "appleicloud",
	"appleitunes", "applejuice", "applepush", "applesiri", "applestore", "armagetron",
	"avastsecuredns", "ayiya", "azure", "badoo", "bgp", "bittorrent", "bjnp", "bloomberg",
	"capwap", "cassandra", "checkmk", "ciscoskinny", "ciscovpn", "citrix", "cloudflare", "cnn",
	"coap", "collectd", "corba", "cpha", "crashlytics", "crossfire", "csgo", "datasaver",
	"dce_rpc", "deezer", "dhcp", "dhcpv6", "diameter", "direct_download_link", "directconnect",
	"discord", "disneyplus", "dnp3", "dns", "dnscrypt", "dofus", "doh", "doh_dot", "dot",
	"drda", "dropbox", "dtls", "eaq", "ebay", "edonkey", "egp", "ethernetip", "facebook",
	"facebookvoip", "fasttrack", "fiesta", "fix", "florensia", "forticlient", "free_64",
	"ftp_control", "ftp_data", "fuze", "genshinimpact", "git", "github", "gitlab", "gmail",
	"gnutella", "google", "googleclassroom", "googledocs", "googledrive", "googlehangoutduo",
	"googlemaps", "googleplus", "googleservices", "gre", "gtp", "gtp_c", "gtp_prime", "gtp_u",
	"guildwars", "h323", "halflife2", "hotmail", "hotspotshield", "hp_virtgrp", "http", "http3",
	"http_connect", "http_proxy", "https", "hulu", "iax", "icecast", "icloudprivaterelay",
	"icmp", "icmpv6", "iec60870", "iflix", "igmp", "imap", "imaps", "imo", "instagram",
	"ip_in_ip", "ipp", "ipsec", "irc", "jabber", "kakaotalk", "kakaotalk_voice", "kerberos",
	"kontiki", "lastfm", "ldap", "likee", "linkedin", "lisp", "llmnr", "lotusnotes",
	"maplestory", "mdns", "megaco", "memcached", "messenger", "mgcp", "microsoft",
	"microsoft365", "mining", "modbus", "mongodb", "mpeg_ts", "mqtt", "ms_onedrive",
	"mssql-tds", "mysql", "nats", "nestlogsink", "netbios", "netflix", "netflow", "nfs",
	"nintendo", "noe", "ntop", "ntp", "ocs", "ocsp", "ookla", "opendns", "openft", "openvpn",
	"oracle", "ospf", "pandora", "pastebin", "pinterest", "playstation", "playstore", "pop3",
	"pops", "postgresql", "ppstream", "pptp", "qq", "qqlive", "quic", "radius", "rdp", "reddit",
	"redis", "remotescan", "rsync", "rtcp", "rtmp", "rtp", "rtsp", "rx", "s7comm", "salesforce",
	"sap", "sctp", "sflow", "shoutcast", "signal", "signalvoip", "sina(weibo)", "sip",
	"skype_teams", "skypecall", "slack", "smbv1", "smbv23", "smpp", "smtp", "smtps", "snapchat",
	"snapchatcall", "snmp", "soap", "socks", "someip", "sopcast", "soundcloud", "spotify",
	"ssdp", "ssh", "starcraft", "stealthnet", "steam", "stun", "syslog", "targusdataspeed",
	"teams", "teamspeak", "teamviewer", "telegram", "telnet", "teredo", "tftp", "thunder",
	"tiktok", "tinc", "tls", "tor", "truphone", "tuenti", "tumblr", "tvuplayer", "twitch",
	"twitter", "ubntac2", "ubuntuone", "unknown", "usenet", "vevo", "vhua", "viber", "vimeo",
	"vmware", "vnc", "vrrp", "warcraft3", "waze", "webex", "websocket", "wechat", "whatsapp",
	"whatsappcall", "whatsappfiles", "whois-das", "wikipedia", "windowsupdate", "wireguard",
	"worldofkungfu", "worldofwarcraft", "wsd", "xbox", "xdmcp", "yahoo", "youtube",
	"youtubeupload", "z39.50", "zabbix", "zattoo", "zeromq", "zoom",
};

const char *pol_app_at(size_t i)
{
	return i < TB_ARRAY_SIZE(apps) ? apps[i] : NULL;
}
