int faults_version(void);
