package aboveboard

import (
	"bufio"
	"os"
	"os/exec"
	"syscall"
	"time"
	"unsafe"
)

const errFull = syscall.EAGAIN

// How long the start of a relay may take. It takes some milliseconds.
const maxStart = 100 * time.Millisecond

// socket is a pipe that raises no SIGPIPE in a host that listens to signals.
type socket struct {
	descriptor int
	// The file that the descriptor is: where the host has closed it, the number may be that of a file of its own by now.
	device, inode uint64
}

func newSocket(descriptor int) *socket {
	var file syscall.Stat_t
	_ = syscall.Fstat(descriptor, &file)
	return &socket{descriptor, uint64(file.Dev), file.Ino}
}

func (socket *socket) isOurs() bool {
	var file syscall.Stat_t
	err := syscall.Fstat(socket.descriptor, &file)
	return err == nil && uint64(file.Dev) == socket.device && file.Ino == socket.inode
}

func (socket *socket) write(line []byte) (int, error) {
	if !socket.isOurs() {
		return 0, syscall.EBADF
	}
	for {
		written, err := syscall.SendmsgN(socket.descriptor, line, nil, nil, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL)
		if err != syscall.EINTR {
			return written, err
		}
	}
}

func (socket *socket) close() {
	if socket.isOurs() {
		_ = syscall.Close(socket.descriptor)
	}
}

// end reads what never comes: the relay, which holds the other end until it ends, writes nothing to it.
func (socket *socket) end(deadline time.Time) bool {
	defer socket.close()
	if !socket.isOurs() {
		return true
	}
	_ = syscall.Shutdown(socket.descriptor, syscall.SHUT_WR)
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return false
		}
		// Zero would be no limit.
		limit := syscall.NsecToTimeval(int64(left + time.Millisecond))
		_ = syscall.SetsockoptTimeval(socket.descriptor, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit)
		read, _, err := syscall.Recvfrom(socket.descriptor, make([]byte, 1), 0)
		if err != syscall.EINTR && err != syscall.EAGAIN && read <= 0 {
			return true
		}
	}
}

// startRelay starts a relay that is no child of this process, and holds nothing of it but the pipe.
func startRelay(relay *relay) (pipe, error) {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours := newSocket(aboveStreams(ends[0]))
	_ = syscall.SetsockoptInt(ours.descriptor, syscall.SOL_SOCKET, syscall.SO_SNDBUF, maxWaitingBytes)
	theirs := os.NewFile(uintptr(aboveStreams(ends[1])), "relay")
	defer theirs.Close()
	child := exec.Command(relay.command[0], relay.command[1:]...)
	child.Stdin = theirs
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if relay.explain || relay.received != nil {
		child.Stderr = os.Stderr
	}
	var output *os.File
	if relay.received != nil {
		var input *os.File
		if output, input, err = os.Pipe(); err != nil {
			ours.close()
			return nil, err
		}
		defer input.Close()
		child.Stdout = input
	}
	if err := child.Start(); err != nil {
		output.Close()
		ours.close()
		return nil, err
	}
	if output != nil {
		go func() {
			defer output.Close()
			for lines := bufio.NewScanner(output); lines.Scan(); {
				relay.received(ours, lines.Bytes())
			}
			relay.ended(ours)
		}()
	}
	reap(child)
	return ours, nil
}

// reap waits for the child, which ends as soon as it has started the relay, so that a host that waits for all of its
// children does not meet it.
func reap(child *exec.Cmd) {
	hasEnded := make(chan struct{})
	go func() {
		_ = child.Wait()
		close(hasEnded)
	}()
	late := time.NewTimer(maxStart)
	defer late.Stop()
	select {
	case <-hasEnded:
	case <-late.C:
	}
}

// aboveStreams gives the descriptor another number if it is that of a stream: where the host's streams are closed, what it
// prints must not go there.
func aboveStreams(descriptor int) int {
	if descriptor > 2 {
		return descriptor
	}
	defer syscall.Close(descriptor)
	above, _, _ := syscall.Syscall(syscall.SYS_FCNTL, uintptr(descriptor), syscall.F_DUPFD_CLOEXEC, 3)
	return int(above)
}

// isTerminal says whether a stream is a terminal.
func isTerminal(stream *os.File) bool {
	var settings syscall.Termios
	words := uintptr(unsafe.Pointer(&settings))
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, stream.Fd(), syscall.TCGETS, words)
	return failed == 0
}

func isRoots(file os.FileInfo) bool {
	status, ok := file.Sys().(*syscall.Stat_t)
	return ok && status.Uid == 0
}
