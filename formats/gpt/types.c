/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for the partition types of GPT.  Words: systemd's Discoverable Partitions Specification, and for Apple's types
 * those of its partition map (observed: hdiutil pmap). */
#include "config.h"

#include "formats/gpt/types.h"

#include <stddef.h>
#include <string.h>

static const struct gpt_type types[] = {
	{ "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "EFI system partition", "esp" },
	{ "21686148-6449-6e6f-744e-656564454649", "BIOS boot", "bios-boot" },
	{ "024dee41-33e7-11d3-9d69-0008c781f39f", "MBR partition scheme", NULL },
	{ "9e1a2d38-c612-4316-aa26-8b49521e5a8b", "PowerPC PReP boot", "prep" },

	/* Microsoft */
	{ "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "Microsoft basic data", "basic-data" },
	{ "e3c9e316-0b5c-4db8-817d-f92df00215ae", "Microsoft reserved", "msr" },
	{ "de94bba4-06d1-4d40-a16a-bfd50179d6ac", "Windows recovery environment", NULL },
	{ "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", "Windows LDM metadata", NULL },
	{ "af9b60a0-1431-4f62-bc68-3311714a69ad", "Windows LDM data", NULL },
	{ "e75caf8f-f680-4cee-afa3-b001e56efc2d", "Windows storage spaces", NULL },

	/* Apple */
	{ "48465300-0000-11aa-aa11-00306543ecac", "Apple HFS/HFS+", "Apple_HFS" },
	{ "7c3457ef-0000-11aa-aa11-00306543ecac", "Apple APFS", "Apple_APFS" },
	{ "426f6f74-0000-11aa-aa11-00306543ecac", "Apple boot", "Apple_Boot" },
	{ "53746f72-6167-11aa-aa11-00306543ecac", "Apple Core Storage", "Apple_CoreStorage" },
	{ "52414944-0000-11aa-aa11-00306543ecac", "Apple RAID", "Apple_RAID" },
	{ "52414944-5f4f-11aa-aa11-00306543ecac", "Apple RAID, offline", "Apple_RAID_Offline" },
	{ "55465300-0000-11aa-aa11-00306543ecac", "Apple UFS", "Apple_UFS" },
	{ "4c616265-6c00-11aa-aa11-00306543ecac", "Apple label", "Apple_Label" },
	{ "5265636f-7665-11aa-aa11-00306543ecac", "Apple TV recovery", "Apple_Recovery" },
	{ "69646961-6700-11aa-aa11-00306543ecac", "Apple Silicon boot", "Apple_APFS_ISC" },
	{ "52637672-7900-11aa-aa11-00306543ecac", "Apple Silicon recovery", "Apple_APFS_Recovery" },

	/* Linux */
	{ "0fc63daf-8483-4772-8e79-3d69d8477de4", "Linux file system", "linux" },
	{ "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "Linux swap", "swap" },
	{ "e6d6d379-f507-44c2-a23c-238f2a3df928", "Linux LVM", "lvm" },
	{ "a19d880f-05fc-4d3b-a006-743f0f84911e", "Linux RAID", "raid" },
	{ "8da63339-0007-60c0-c436-083ac8230908", "Linux reserved", NULL },
	{ "933ac7e1-2eb4-4f13-b844-0e14e2aef915", "Linux home", "home" },
	{ "3b8f8425-20e0-4f3b-907f-1a25a76f98e8", "Linux server data", "srv" },
	{ "4d21b016-b534-45c2-a9fb-5c16e091fd2d", "Linux variable data", "var" },
	{ "7ec6f557-3bc5-4aca-b293-16ef5df639d1", "Linux temporary data", "tmp" },
	{ "bc13c2ff-59e6-4262-a352-b275fd6f7172", "Linux extended boot", "xbootldr" },
	{ "ca7d7ccb-63ed-4c53-861c-1742536059cc", "Linux LUKS", "luks" },
	{ "7ffec5c9-2d00-49b7-8941-3ea10a5586b7", "Linux plain dm-crypt", NULL },
	{ "44479540-f297-41b2-9af7-d131d5f0458a", "Linux root (x86)", "root-x86" },
	{ "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "Linux root (x86-64)", "root-x86-64" },
	{ "69dad710-2ce4-4e3c-b16c-21a1d49abed3", "Linux root (ARM)", "root-arm" },
	{ "b921b045-1df0-41c3-af44-4c6f280d3fae", "Linux root (ARM-64)", "root-arm64" },
	{ "993d8d3d-f80e-4225-855a-9daf8ed7ea97", "Linux root (IA-64)", "root-ia64" },
	{ "60d5a7fe-8e7d-435c-b714-3dd8162144e1", "Linux root (RISC-V-32)", "root-riscv32" },
	{ "72ec70a6-cf74-40e6-bd49-4bda08e8f224", "Linux root (RISC-V-64)", "root-riscv64" },
	{ "77055800-792c-4f94-b39a-98c91b762bb6", "Linux root (LoongArch-64)", "root-loongarch64" },
	{ "c31c45e6-3f39-412e-80fb-4809c4980599", "Linux root (PPC64LE)", "root-ppc64-le" },
	{ "5eead9a9-fe09-4a1e-a1d7-520d00531306", "Linux root (S390X)", "root-s390x" },
	{ "8484680c-9521-48c6-9c11-b0720656f69e", "Linux /usr (x86-64)", "usr-x86-64" },
	{ "b0e01050-ee5f-4390-949a-9101b17104e9", "Linux /usr (ARM-64)", "usr-arm64" },
	{ "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5", "Linux root verity (x86-64)", "root-x86-64-verity" },
	{ "77ff5f63-e7b6-4633-acf4-1565b864c0e6", "Linux /usr verity (x86-64)", "usr-x86-64-verity" },
	{ "5dfbf5f4-2848-4bac-aa5e-0d9a20b745a6", "CoreOS /usr", NULL },
	{ "c95dc21a-df0e-4340-8d7b-26cbfa9a03e0", "CoreOS reserved", NULL },
	{ "3884dd41-8582-4404-b9a8-e9b84f2df50e", "CoreOS root", NULL },

	/* ChromeOS */
	{ "fe3a2a5d-4f32-41a7-b725-accc3285a309", "ChromeOS kernel", NULL },
	{ "3cb8e202-3b7e-47dd-8a3c-7ff2a13cfcec", "ChromeOS root", NULL },
	{ "2e0a753d-9e48-43b0-8337-b15192cb1b5e", "ChromeOS reserved", NULL },
	{ "cab6e88e-abf3-4102-a07a-d4bb9be3c1d3", "ChromeOS firmware", NULL },

	/* the BSDs, Solaris and others */
	{ "516e7cb4-6ecf-11d6-8ff8-00022d09712b", "FreeBSD data", NULL },
	{ "83bd6b9d-7f41-11dc-be0b-001560b84f0f", "FreeBSD boot", NULL },
	{ "516e7cb5-6ecf-11d6-8ff8-00022d09712b", "FreeBSD swap", NULL },
	{ "516e7cb6-6ecf-11d6-8ff8-00022d09712b", "FreeBSD UFS", NULL },
	{ "516e7cba-6ecf-11d6-8ff8-00022d09712b", "FreeBSD ZFS", NULL },
	{ "516e7cb8-6ecf-11d6-8ff8-00022d09712b", "FreeBSD Vinum", NULL },
	{ "49f48d32-b10e-11dc-b99b-0019d1879648", "NetBSD swap", NULL },
	{ "49f48d5a-b10e-11dc-b99b-0019d1879648", "NetBSD FFS", NULL },
	{ "49f48d82-b10e-11dc-b99b-0019d1879648", "NetBSD LFS", NULL },
	{ "49f48daa-b10e-11dc-b99b-0019d1879648", "NetBSD RAID", NULL },
	{ "2db519ec-b10f-11dc-b99b-0019d1879648", "NetBSD encrypted", NULL },
	{ "824cc7a0-36a8-11e3-890a-952519ad3f61", "OpenBSD data", NULL },
	{ "6a82cb45-1dd2-11b2-99a6-080020736631", "Solaris boot", NULL },
	{ "6a85cf4d-1dd2-11b2-99a6-080020736631", "Solaris root", NULL },
	{ "6a87c46f-1dd2-11b2-99a6-080020736631", "Solaris swap", NULL },
	{ "6a898cc3-1dd2-11b2-99a6-080020736631", "Solaris /usr, Apple ZFS", "zfs" },
	{ "6a945a3b-1dd2-11b2-99a6-080020736631", "Solaris reserved", NULL },
	{ "42465331-3ba3-10f1-802a-4861696b7521", "Haiku BFS", NULL },
	{ "aa31e02a-400f-11db-9590-000c2911d1b8", "VMware VMFS", "vmfs" },
	{ "9d275380-40ad-11db-bf97-000c2911d1b8", "VMware diagnostic", NULL },
	{ "9198effc-31c0-11db-8f78-000c2911d1b8", "VMware reserved", NULL },
	{ "4fbd7e29-9d25-41b8-afd0-062c0ceff05d", "Ceph OSD", NULL },
};

const struct gpt_type *
gpt_type_find(const char *guid_text)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].guid, guid_text) == 0)
			return &types[i];
	return NULL;
}
