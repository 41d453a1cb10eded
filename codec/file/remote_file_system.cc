#include "codec/file/remote_file_system.h"

#include <algorithm>
#include <cstdint>

namespace statestone::file {

#ifdef __APPLE__

bool IsRemote(const struct statfs& file_system) { return (file_system.f_flags & MNT_LOCAL) == 0; }

#else

namespace {

// Numbers as linux/magic.h has them ("kernel") or, for file systems outside the kernel's tree,
// src/fs.h of GNU coreutils ("coreutils"). Overlays are left out: nearly all lie on local disks.
constexpr std::uint32_t kRemoteTypes[] = {
    0x00006969,  // NFS; kernel: NFS_SUPER_MAGIC
    0x0000517B,  // SMB, the old client; kernel: SMB_SUPER_MAGIC
    0xFF534D42,  // CIFS; kernel: CIFS_SUPER_MAGIC
    0xFE534D42,  // SMB 2 and 3; kernel: SMB2_SUPER_MAGIC
    0x65735546,  // FUSE: sshfs, gcsfuse, s3fs, GlusterFS, JuiceFS; kernel: FUSE_SUPER_MAGIC
    0x01021997,  // 9p: shares of virtual machines; kernel: V9FS_MAGIC
    0x00C36400,  // Ceph; kernel: CEPH_SUPER_MAGIC
    0x0BD00BD0,  // Lustre; coreutils: S_MAGIC_LUSTRE
    0x47504653,  // GPFS, now Storage Scale; coreutils: S_MAGIC_GPFS
    0x19830326,  // BeeGFS, once FhGFS; coreutils: S_MAGIC_FHGFS
    0xAAD7AAEA,  // PanFS; coreutils: S_MAGIC_PANFS
    0xBEEFDEAD,  // StorNext; coreutils: S_MAGIC_SNFS
    0x013111A8,  // IBRIX; coreutils: S_MAGIC_IBRIX
    0x61636673,  // Oracle's ACFS; coreutils: S_MAGIC_ACFS
    0x7461636F,  // OCFS2; kernel: OCFS2_SUPER_MAGIC
    0x01161970,  // GFS2; coreutils: S_MAGIC_GFS
    0x5346414F,  // OpenAFS; kernel: AFS_SUPER_MAGIC
    0x6B414653,  // the kernel's own AFS; kernel: AFS_FS_MAGIC
    0x73757245,  // Coda; kernel: CODA_SUPER_MAGIC
    0x0000564C,  // NetWare; kernel: NCP_SUPER_MAGIC
    0xBACBACBC,  // shared folders of VMware; coreutils: S_MAGIC_VMHGFS
    0x786F4256,  // of VirtualBox; coreutils: S_MAGIC_VBOXSF
    0x7C7C6673,  // of Parallels; coreutils: S_MAGIC_PRL_FS
};

}  // namespace

bool IsRemote(const struct statfs& file_system) {
  // The field's type, and so its sign, differs between architectures; the numbers have 32 bits.
  const auto type = static_cast<std::uint32_t>(file_system.f_type);
  return std::ranges::count(kRemoteTypes, type) != 0;
}

#endif

}  // namespace statestone::file
