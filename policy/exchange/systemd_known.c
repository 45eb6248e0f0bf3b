/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd_known.c - the settings that systemd 252 knows where processes are restricted
 *
 * As "systemd --dump-configuration-items" prints them for [Service], [Socket], [Mount], [Swap],
 * [Slice] and [Scope]. systemd ignores others, with a line in its log: who misspelt IPAddressDeny=
 * has restricted nothing.
 */
#include "policy/exchange/systemd.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/nearest.h"
#include "tcbox/own.h"

/* Sorted by strcmp(). */
static const char *const settings[] = {
	"Accept", "AllowedCPUs", "AllowedMemoryNodes", "AmbientCapabilities", "AppArmorProfile",
	"BPFProgram", "Backlog", "BindIPv6Only", "BindPaths", "BindReadOnlyPaths", "BindToDevice",
	"BlockIOAccounting", "BlockIODeviceWeight", "BlockIOReadBandwidth", "BlockIOWeight",
	"BlockIOWriteBandwidth", "Broadcast", "BusName", "CPUAccounting", "CPUAffinity",
	"CPUQuota", "CPUQuotaPeriodSec", "CPUSchedulingPolicy", "CPUSchedulingPriority",
	"CPUSchedulingResetOnFork", "CPUShares", "CPUWeight", "CacheDirectory",
	"CacheDirectoryMode", "CapabilityBoundingSet", "ConfigurationDirectory",
	"ConfigurationDirectoryMode", "CoredumpFilter", "DefaultMemoryLow", "DefaultMemoryMin",
	"DeferAcceptSec", "Delegate", "DeviceAllow", "DevicePolicy", "DirectoryMode",
	"DisableControllers", "DynamicUser", "Environment", "EnvironmentFile", "ExecCondition",
	"ExecPaths", "ExecReload", "ExecSearchPath", "ExecStart", "ExecStartPost", "ExecStartPre",
	"ExecStop", "ExecStopPost", "ExecStopPre", "ExitType", "ExtensionDirectories",
	"ExtensionImages", "FailureAction", "FileDescriptorName", "FileDescriptorStoreMax",
	"FinalKillSignal", "FlushPending", "ForceUnmount", "FreeBind", "Group", "GuessMainPID",
	"IOAccounting", "IODeviceLatencyTargetSec", "IODeviceWeight", "IOReadBandwidthMax",
	"IOReadIOPSMax", "IOSchedulingClass", "IOSchedulingPriority", "IOWeight",
	"IOWriteBandwidthMax", "IOWriteIOPSMax", "IPAccounting", "IPAddressAllow", "IPAddressDeny",
	"IPCNamespacePath", "IPEgressFilterPath", "IPIngressFilterPath", "IPTOS", "IPTTL",
	"IgnoreSIGPIPE", "InaccessibleDirectories", "InaccessiblePaths", "KeepAlive",
	"KeepAliveIntervalSec", "KeepAliveProbes", "KeepAliveTimeSec", "KeyringMode", "KillMode",
	"KillSignal", "LazyUnmount", "LimitAS", "LimitCORE", "LimitCPU", "LimitDATA", "LimitFSIZE",
	"LimitLOCKS", "LimitMEMLOCK", "LimitMSGQUEUE", "LimitNICE", "LimitNOFILE", "LimitNPROC",
	"LimitRSS", "LimitRTPRIO", "LimitRTTIME", "LimitSIGPENDING", "LimitSTACK",
	"ListenDatagram", "ListenFIFO", "ListenMessageQueue", "ListenNetlink",
	"ListenSequentialPacket", "ListenSpecial", "ListenStream", "ListenUSBFunction",
	"LoadCredential", "LoadCredentialEncrypted", "LockPersonality", "LogExtraFields",
	"LogLevelMax", "LogNamespace", "LogRateLimitBurst", "LogRateLimitIntervalSec",
	"LogsDirectory", "LogsDirectoryMode", "ManagedOOMMemoryPressure",
	"ManagedOOMMemoryPressureLimit", "ManagedOOMPreference", "ManagedOOMSwap", "Mark",
	"MaxConnections", "MaxConnectionsPerSource", "MemoryAccounting", "MemoryDenyWriteExecute",
	"MemoryHigh", "MemoryLimit", "MemoryLow", "MemoryMax", "MemoryMin", "MemorySwapMax",
	"MessageQueueMaxMessages", "MessageQueueMessageSize", "MountAPIVFS", "MountFlags",
	"MountImages", "NUMAMask", "NUMAPolicy", "NetworkNamespacePath", "Nice", "NoDelay",
	"NoExecPaths", "NoNewPrivileges", "NonBlocking", "NotifyAccess", "OOMPolicy",
	"OOMScoreAdjust", "Options", "PAMName", "PIDFile", "PassCredentials", "PassEnvironment",
	"PassPacketInfo", "PassSecurity", "PermissionsStartOnly", "Personality", "PipeSize",
	"Priority", "PrivateDevices", "PrivateIPC", "PrivateMounts", "PrivateNetwork",
	"PrivateTmp", "PrivateUsers", "ProcSubset", "ProtectClock", "ProtectControlGroups",
	"ProtectHome", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules",
	"ProtectKernelTunables", "ProtectProc", "ProtectSystem", "ReadOnlyDirectories",
	"ReadOnlyPaths", "ReadWriteDirectories", "ReadWriteOnly", "ReadWritePaths",
	"RebootArgument", "ReceiveBuffer", "RemainAfterExit", "RemoveIPC", "RemoveOnStop",
	"Restart", "RestartForceExitStatus", "RestartKillSignal", "RestartPreventExitStatus",
	"RestartSec", "RestrictAddressFamilies", "RestrictFileSystems", "RestrictNamespaces",
	"RestrictNetworkInterfaces", "RestrictRealtime", "RestrictSUIDSGID", "ReusePort",
	"RootDirectory", "RootDirectoryStartOnly", "RootHash", "RootHashSignature", "RootImage",
	"RootImageOptions", "RootVerity", "RuntimeDirectory", "RuntimeDirectoryMode",
	"RuntimeDirectoryPreserve", "RuntimeMaxSec", "RuntimeRandomizedExtraSec", "SELinuxContext",
	"SELinuxContextFromNet", "SecureBits", "SendBuffer", "SendSIGHUP", "SendSIGKILL",
	"Service", "SetCredential", "SetCredentialEncrypted", "Slice", "SloppyOptions",
	"SmackLabel", "SmackLabelIPIn", "SmackLabelIPOut", "SmackProcessLabel", "SocketBindAllow",
	"SocketBindDeny", "SocketGroup", "SocketMode", "SocketProtocol", "SocketUser", "Sockets",
	"StandardError", "StandardInput", "StandardInputData", "StandardInputText",
	"StandardOutput", "StartLimitAction", "StartLimitBurst", "StartLimitInterval",
	"StartupAllowedCPUs", "StartupAllowedMemoryNodes", "StartupBlockIOWeight",
	"StartupCPUShares", "StartupCPUWeight", "StartupIOWeight", "StateDirectory",
	"StateDirectoryMode", "SuccessExitStatus", "SupplementaryGroups", "Symlinks",
	"SyslogFacility", "SyslogIdentifier", "SyslogLevel", "SyslogLevelPrefix",
	"SystemCallArchitectures", "SystemCallErrorNumber", "SystemCallFilter", "SystemCallLog",
	"TCPCongestion", "TTYColumns", "TTYPath", "TTYReset", "TTYRows", "TTYVHangup",
	"TTYVTDisallocate", "TasksAccounting", "TasksMax", "TemporaryFileSystem",
	"TimeoutAbortSec", "TimeoutCleanSec", "TimeoutSec", "TimeoutStartFailureMode",
	"TimeoutStartSec", "TimeoutStopFailureMode", "TimeoutStopSec", "TimerSlackNSec",
	"Timestamping", "Transparent", "TriggerLimitBurst", "TriggerLimitIntervalSec", "Type",
	"UMask", "USBFunctionDescriptors", "USBFunctionStrings", "UnsetEnvironment", "User",
	"UtmpIdentifier", "UtmpMode", "WatchdogSec", "WatchdogSignal", "What", "Where",
	"WorkingDirectory", "Writable",
};

static int compare(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

bool systemd_has_setting(const char *key)
{
	/* systemd.unit(5): these are for other programs */
	if (!strncmp(key, "X-", 2))
		return true;
	return bsearch(key, settings, TB_ARRAY_SIZE(settings), sizeof(*settings), compare) != NULL;
}

const char *systemd_setting_like(const char *key)
{
	struct tb_nearest near;

	tb_nearest_init(&near, key);
	for (size_t i = 0; i < TB_ARRAY_SIZE(settings); i++)
		tb_nearest_try(&near, settings[i]);
	return near.best;
}
